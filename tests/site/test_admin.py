from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import include, path, reverse

from django_site.trading.models import PriceBar, Run
from tests.site.rows import one_of_each

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
urlpatterns = [path("admin/", admin.site.urls), path("", include("django.contrib.auth.urls"))]
REGISTERED = sorted(
    model.__name__ for model in apps.get_app_config("trading").get_models() if admin.site.is_registered(model)
)
PRODUCED = sorted(
    set(REGISTERED) - {"CorporateAction", "Instrument", "ParameterSet", "TradingPair", "Universe", "UniverseMembership"}
)


@pytest.fixture
def rows() -> dict[str, Any]:
    return one_of_each()


def test_everything_but_bars_has_a_page() -> None:
    missing = {model for model in apps.get_app_config("trading").get_models() if not admin.site.is_registered(model)}

    assert missing == {PriceBar}


@pytest.mark.parametrize("name", REGISTERED)
def test_list_search_and_row_open(name: str, rows: dict[str, Any], admin_client: Client) -> None:
    address = reverse(f"admin:trading_{name.lower()}_changelist")
    row = rows[name]

    listed = admin_client.get(address)
    assert listed.status_code == 200
    assert list(listed.context["cl"].result_list)
    assert admin_client.get(address, {"q": "KO"}).status_code == 200
    assert admin_client.get(reverse(f"admin:trading_{name.lower()}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", REGISTERED)
def test_every_filter_of_a_list_works(name: str, rows: dict[str, Any], admin_client: Client) -> None:
    address = reverse(f"admin:trading_{name.lower()}_changelist")
    filters = admin_client.get(address).context["cl"].filter_specs

    for chosen in filters:
        for choice in chosen.choices(admin_client.get(address).context["cl"]):
            assert admin_client.get(address + choice["query_string"]).status_code == 200


@pytest.mark.parametrize("name", PRODUCED)
def test_what_a_run_produced_cannot_be_edited(name: str, rows: dict[str, Any], admin_client: Client) -> None:
    address = reverse(f"admin:trading_{name.lower()}_change", args=[rows[name].pk])

    assert admin_client.get(reverse(f"admin:trading_{name.lower()}_add")).status_code == 403
    assert admin_client.post(address, {}).status_code == 403


def test_a_run_leads_to_its_rows_and_they_lead_back(rows: dict[str, Any], admin_client: Client) -> None:
    run = rows["Run"]
    page = admin_client.get(reverse("admin:trading_run_change", args=[run.pk])).content.decode()

    for name in (
        "pairtest",
        "backtest",
        "walkforward",
        "regimemodel",
        "signal",
        "report",
        "trial",
        "runartifact",
    ):
        link = f"{reverse(f'admin:trading_{name}_changelist')}?run__id__exact={run.pk}"
        assert f'href="{link}"' in page
        listed = admin_client.get(link)
        assert listed.status_code == 200
        assert reverse("admin:trading_run_change", args=[run.pk]) in listed.content.decode()


def test_lists_do_not_ask_a_query_per_row(
    rows: dict[str, Any], admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    Run.objects.bulk_create([Run(identity=f"{number:064}", job="scan") for number in range(30)])

    with django_assert_max_num_queries(12):
        admin_client.get(reverse("admin:trading_run_changelist"))


def test_deleting_a_run_deletes_what_it_produced(rows: dict[str, Any], admin_client: Client) -> None:
    address = reverse("admin:trading_run_delete", args=[rows["Run"].pk])

    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    assert not Run.objects.exists()
    assert apps.get_model("trading", "Backtest").objects.count() == 0


def test_names_are_data_not_markup(rows: dict[str, Any], admin_client: Client) -> None:
    Run.objects.update(title="<script>alert(1)</script>", summary={"note": "<script>alert(2)</script>"})
    page = admin_client.get(reverse("admin:trading_run_change", args=[rows["Run"].pk])).content.decode()

    assert "<script>alert" not in page
