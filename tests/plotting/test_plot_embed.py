from __future__ import annotations

import json
import re
import subprocess
import sys

import pandas as pd
import plotly.graph_objects as go
import pytest

from titan_research.plotting import embed, theme


def spec(markup: str) -> dict:
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', markup)
    return json.loads(text)


def test_a_figure_of_the_library_becomes_inert_data_with_a_caption() -> None:
    chart = theme.figure("Prices <b>of</b> A & B", x="session", y="dollars")
    chart.add_trace(theme.line(pd.Series([1.0, 2.0]), "A", color="#2f7ebc"))

    markup = embed.figure_html(json.loads(chart.to_json()), 3)

    assert 'id="figure-3"' in markup
    assert "<figcaption>Prices  of  A &amp; B</figcaption>" in markup
    assert 'style="height:380px"' in markup
    assert spec(markup)["data"][0]["name"] == "A"


@pytest.mark.parametrize("height", [None, -5, "100%", 1e400, True])
def test_a_strange_height_is_replaced(height: object) -> None:
    markup = embed.figure_html({"data": [], "layout": {"height": height, "width": 5_000}}, 1)

    assert 'style="height:420px"' in markup
    assert spec(markup)["layout"] == {"height": 420}


def test_the_same_figure_gives_the_same_text_whatever_the_order_of_its_keys() -> None:
    first = {"data": [{"x": [1], "y": [2]}], "layout": {"a": 1, "b": 2}}
    second = {"layout": {"b": 2, "a": 1}, "data": [{"y": [2], "x": [1]}]}

    assert embed.figure_html(first, 1) == embed.figure_html(second, 1)


def test_the_bundle_is_plotly_and_can_stand_inside_a_script_element() -> None:
    bundle = embed.plotly_script()

    assert "plotly.js v" in bundle[:200]
    assert "</script" not in bundle.lower()
    assert "<!--" not in bundle


def test_spells_of_labels_touch_without_overlap() -> None:
    index = pd.date_range("2020-01-01", periods=6, tz="UTC")
    labels = pd.Series(["", "calm", "calm", "stress", "calm", "calm"], index=index)

    assert theme.spells(labels) == [
        ("2020-01-02", "2020-01-04", "calm"),
        ("2020-01-04", "2020-01-05", "stress"),
        ("2020-01-05", "2020-01-06", "calm"),
    ]
    assert theme.spells(labels.iloc[:0]) == []


def test_sessions_of_minutes_keep_their_minutes() -> None:
    index = pd.date_range("2020-01-01 09:30", periods=2, freq="1min", tz="UTC")

    assert theme.sessions(index) == ["2020-01-01 09:30", "2020-01-01 09:31"]


def test_every_figure_shares_one_look() -> None:
    chart = theme.panels("Two", x="session", y=["a", "b"], heights=[0.5, 0.5], height=400)

    assert chart.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert chart.layout.template.layout.hovermode == "x unified"
    assert isinstance(theme.note(go.Figure(), "nothing"), go.Figure)


def test_importing_the_package_and_embed_loads_no_plotly() -> None:
    script = (
        "import sys, titan_research.plotting.embed, reports.render, reports.gallery\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'plotly', 'papermill', 'nbconvert', 'bleach', 'django', 'numba'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
