from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from reports.html import METRICS_MIME, report_html
from titan_research.plotting.embed import FIGURE_MIME

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>KO</a>"
FIGURE = {
    "data": [{"type": "scattergl", "x": [1, 2], "y": [3, 4], "name": EVIL}],
    "layout": {
        "title": {"text": f"Prices {EVIL}"},
        "xaxis": {"title": {"text": EVIL}},
        "images": [{"source": "https://evil.example/p.png"}, {"source": "data:image/png;base64,AAAA"}],
    },
}


def display(data: dict[str, Any]) -> Any:
    return new_output("display_data", data=data)


def executed(*cells: Any) -> Any:
    return new_notebook(cells=list(cells))


@pytest.fixture(scope="module")
def hostile_page() -> str:
    notebook = executed(
        new_markdown_cell(f"# Report {EVIL}\n\n{EVIL}"),
        new_code_cell(
            "secret_source = 1",
            outputs=[
                display({"text/html": f"<h2>{EVIL}</h2><table><tr><td>{EVIL}</td></tr></table>"}),
                display({"text/markdown": f"## Second {EVIL}"}),
                display({"text/plain": EVIL}),
                display({"image/svg+xml": f"<svg onload=alert(1)>{EVIL}</svg>", "text/plain": "an image"}),
                display({"application/javascript": "alert(1)", "text/plain": "script"}),
                display({FIGURE_MIME: FIGURE, "text/plain": "Figure"}),
                display({METRICS_MIME: {"evil": EVIL}, "text/plain": "metrics"}),
                new_output("stream", name="stdout", text=EVIL),
                new_output("stream", name="stderr", text=f"/tmp/ipykernel_12/345.py:1: UserWarning: {EVIL}"),
            ],
        ),
    )
    return report_html(notebook, title=f"Title {EVIL}", facts={f"Fact {EVIL}": f"Value {EVIL}"})


def test_the_only_scripts_that_can_run_are_those_of_the_page(hostile_page: str, read_tags: Any) -> None:
    tags = read_tags(hostile_page)
    policy = next(attrs["content"] for tag, attrs in tags.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    allowed = set(re.search("script-src ([^;]*);", policy).group(1).replace("'", "").split())  # type: ignore[union-attr]

    running = [text for attributes, text in tags.scripts if attributes.get("type") != "application/json"]

    hashes = {f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}" for text in running}
    assert hashes == allowed
    assert len(running) == 2
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert all("alert(1)" not in text for text in running)


def test_nothing_from_data_acts_or_reaches_out(hostile_page: str, read_tags: Any) -> None:
    tags = read_tags(hostile_page)

    assert not [(tag, name) for tag, name, _ in tags.attributes if name.startswith("on") or name == "srcdoc"]
    targets = {value for _, name, value in tags.attributes if name in {"href", "src", "action", "data", "poster"}}
    assert all(value.startswith(("#section-", "#page-content", "data:image/")) for value in targets)
    assert not {tag for tag, _ in tags.tags} & {"iframe", "object", "embed", "link", "base", "form", "svg"}


def test_a_figure_is_inert_data_without_links_remote_images_or_webgl(hostile_page: str, read_tags: Any) -> None:
    (text,) = [
        text for attributes, text in read_tags(hostile_page).scripts if attributes.get("type") == "application/json"
    ]
    figure = json.loads(text)

    assert "<" not in text
    assert figure["data"][0]["type"] == "scatter"
    assert "<a" not in figure["data"][0]["name"]
    assert figure["layout"]["images"] == [{"source": "data:image/png;base64,AAAA"}]
    assert "title" not in figure["layout"]


def test_the_bundle_is_there_once_and_only_when_there_is_a_figure() -> None:
    with_two = report_html(executed(new_code_cell(outputs=[display({FIGURE_MIME: FIGURE})] * 2)))
    without = report_html(executed(new_code_cell(outputs=[display({"text/plain": "x"})])))

    assert with_two.count("plotly.js v") == 1
    assert 'id="figure-1"' in with_two
    assert 'id="figure-2"' in with_two
    assert len(without) < 60_000


def test_code_metrics_and_alternative_forms_are_hidden(hostile_page: str) -> None:
    assert "secret_source" not in hostile_page
    assert '"evil"' not in hostile_page
    assert "ipykernel" not in hostile_page
    assert "<pre>an image</pre>" in hostile_page


def test_headings_become_sections_and_the_first_title_moves_into_the_header(read_tags: Any) -> None:
    notebook = executed(
        new_markdown_cell("# Regimes of SPX\n\nIntro\n\n## Today"),
        new_code_cell(outputs=[display({"text/markdown": "## A & B"})]),
        new_markdown_cell("# Later"),
    )

    page = report_html(notebook, facts={"Seed": "7"})

    assert "<title>Regimes of SPX</title>" in page
    assert page.count("Regimes of SPX</h1>") == 1
    assert re.findall(r'<a href="#(section-\d)">([^<]*)</a>', page) == [
        ("section-1", "Today"), ("section-2", "A &amp; B"), ("section-3", "Later"),
    ]  # fmt: skip
    ids = [attrs["id"] for tag, attrs in read_tags(page).tags if tag == "h2"]
    assert ids == ["section-1", "section-2", "section-3"]
    assert "<dt>Seed</dt><dd>7</dd>" in page


def test_the_page_fetches_nothing(hostile_page: str) -> None:
    own_text = re.sub(r"<script>.*?</script>", "", hostile_page, flags=re.DOTALL)
    without_data = re.sub(r'<script type="application/json">.*?</script>', "", own_text, flags=re.DOTALL)

    assert not re.findall(r"url\(|@import|<link", without_data)


def test_the_notebook_is_left_as_it_was() -> None:
    notebook = executed(new_code_cell(outputs=[display({FIGURE_MIME: FIGURE})]), new_markdown_cell("# A"))
    before = nbformat.writes(notebook)

    report_html(notebook)

    assert nbformat.writes(notebook) == before
