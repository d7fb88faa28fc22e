from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_site.env import DatabaseAddress, Environment

SECRET = "s" * 50


def read(tmp_path: Path, **variables: str) -> Environment:
    return Environment.read({"TITAN_HOME": str(tmp_path), **variables})


def test_a_laptop_needs_no_variable_at_all(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert found.database.url == f"sqlite:///{tmp_path}/titan.db"
    assert found.market == found.database
    assert found.reports == tmp_path / "reports"
    assert not found.debug
    assert not found.production
    assert found.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")


def test_the_local_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)

    assert first.secret_is_local
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    url = "postgresql://anna:hunter2@db/titan"
    shown = repr(read(tmp_path, DJANGO_SECRET_KEY=SECRET, DATABASE_URL=url, CELERY_BROKER_URL="redis://:pw77@r/0"))

    assert SECRET not in shown
    assert "hunter2" not in shown
    assert "pw77" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////data/titan.db",
        "sqlite:////data/with%20space%3F.db",
        "postgresql:///titan",
        "postgresql://anna@%2Frun%2FPostgreSQL:5432/titan",
        "postgresql://anna@db/titan",
        "postgresql://anna:p%40ss%2Fword@db.example:6432/titan?sslmode=require",
        "postgresql://anna@[::1]:5432/titan",
    ],
)
def test_a_database_url_survives_a_round_trip(url: str, tmp_path: Path) -> None:
    address = DatabaseAddress.parse(url, variable="DATABASE_URL", home=tmp_path)

    assert address.url == url
    assert DatabaseAddress.parse(address.url, variable="DATABASE_URL", home=tmp_path) == address


def test_a_relative_sqlite_file_lies_in_the_home_whatever_the_working_folder(tmp_path: Path) -> None:
    assert read(tmp_path, DATABASE_URL="sqlite:///sub/my.db").database.name == str(tmp_path / "sub" / "my.db")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL: expected sqlite"),
        ({"DATABASE_URL": "titan.db"}, "DATABASE_URL: expected sqlite"),
        ({"MARKET_DATA_URL": "sqlite://"}, "MARKET_DATA_URL: expected sqlite"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL: expected sqlite"),
        ({"DATABASE_URL": "postgresql://host"}, "expected one database name"),
        ({"DATABASE_URL": "postgresql://host:port/name"}, "expected a port"),
        ({"DATABASE_URL": "postgresql://host/name?options=-c"}, "unknown options options"),
        ({"DJANGO_DEBUG": "maybe"}, "DJANGO_DEBUG: expected 1 or 0, received 'maybe'"),
        ({"TITAN_PRODUCTION": "1"}, "needs DJANGO_SECRET_KEY"),
        ({"TITAN_PRODUCTION": "1", "DJANGO_SECRET_KEY": "short"}, "received 5"),
        ({"TITAN_PRODUCTION": "1", "DJANGO_SECRET_KEY": SECRET, "DJANGO_DEBUG": "1"}, "exclude each other"),
        ({"TITAN_PRODUCTION": "1", "DJANGO_SECRET_KEY": SECRET}, "needs DJANGO_ALLOWED_HOSTS"),
        ({"TITAN_PRODUCTION": "1", "DJANGO_SECRET_KEY": SECRET, "DJANGO_ALLOWED_HOSTS": "a.org,*"}, "no '*'"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(variables: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=message.replace("*", r"\*")):
        read(tmp_path, **variables)


def test_a_password_is_not_repeated_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(tmp_path, DATABASE_URL="mysql://anna:hunter2@host/name")

    assert "hunter2" not in str(caught.value)
