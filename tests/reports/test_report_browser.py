from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from reports.gallery import GalleryEntry, write_gallery
from reports.html import report_html
from titan_research.plotting.embed import FIGURE_MIME

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
WATCH = (
    "window.violations = []; document.addEventListener('securitypolicyviolation', "
    "event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("needs Debian's chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    line = {
        "type": "scattergl",
        "x": list(range(9_000)),
        "y": [value % 97 for value in range(9_000)],
        "name": f"KO {EVIL}",
    }
    layout = {"title": {"text": "A title that is long enough to need two lines on the screen of a telephone"}}
    figures = [
        {"data": [line], "layout": layout},
        {"data": [{"type": "heatmap", "z": [[1, 2], [3, 4]]}], "layout": {}},
    ]
    cells = "".join(f"<td>{number}.123456</td>" for number in range(30))
    rows = f"<tr><td>KO/PEP {EVIL}</td>{cells}</tr>" * 5
    head = "".join(f"<th>column {number}</th>" for number in range(31))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    outputs = [new_output("display_data", data={FIGURE_MIME: figure}) for figure in figures]
    outputs.append(new_output("display_data", data={"text/html": table}))
    outputs.append(new_output("stream", name="stdout", text="x" * 400))
    notebook = new_notebook(
        cells=[new_markdown_cell(f"# Name {EVIL}\n\n## One\n\n## Two"), new_code_cell(outputs=outputs)]
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report_html(notebook, facts={"Data": "a" * 64, "Code": EVIL}))
    return path


def opened(chromium: Any, path: Path, **options: Any) -> tuple[Any, list[str], list[str]]:
    context = chromium.new_context(offline=True, **options)
    context.add_init_script(WATCH)
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    return page, complaints, requests


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_draws_its_figures_with_no_network_no_error_and_no_overflow(
    chromium: Any, report: Path, scheme: str, width: int
) -> None:
    page, complaints, requests = opened(chromium, report, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.wait_for_selector("html[data-ready=true]", state="attached")

    assert complaints == []
    assert page.evaluate("window.violations") == []
    assert requests == [report.as_uri()]
    assert page.locator("figure.plot").count() == 2
    assert page.locator("svg.main-svg").count() >= 2
    assert page.locator(".scatterlayer path.js-line").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.table-box').scrollWidth") > width
    assert "hit" not in page.title().split("<", maxsplit=1)[0]
    page.context.close()


def test_the_dark_page_has_light_letters_in_its_figures(chromium: Any, report: Path) -> None:
    page, _, _ = opened(chromium, report, color_scheme="dark")
    page.wait_for_selector("html[data-ready=true]", state="attached")

    fill = page.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")

    assert min(int(part) for part in fill.removeprefix("rgb(").removesuffix(")").split(",")) > 200
    page.context.close()


def test_a_picture_of_a_figure_can_be_saved_and_the_page_can_be_printed(
    chromium: Any, report: Path, tmp_path: Path
) -> None:
    page, complaints, _ = opened(chromium, report)
    page.wait_for_selector("html[data-ready=true]", state="attached")
    page.locator(".plot-box").first.hover()
    with page.expect_download() as download:
        page.locator(".modebar-btn[data-title*=Download]").first.click()

    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    assert page.pdf().startswith(b"%PDF")
    assert complaints == []
    assert page.evaluate("window.violations") == []
    page.context.close()


def test_the_gallery_filters_its_cards(chromium: Any, tmp_path: Path) -> None:
    kinds = ["pair", "pair", "regime"]
    entries = [
        GalleryEntry(
            file=f"r{i}.html",
            title=f"Title {i}",
            kind=kind,
            subject=f"S{i}",
            period="1990",
            date="2024",
            headline={"n": "1"},
        )
        for i, kind in enumerate(kinds)
    ]
    page, complaints, _ = opened(chromium, write_gallery(tmp_path, entries), viewport={"width": 390, "height": 844})

    page.fill("#search", "s0 title")
    searched = page.locator(".card:visible").count(), page.locator("#count").text_content()
    page.fill("#search", "")
    page.select_option("#kind", "regime")
    filtered = page.locator(".card:visible").count()

    assert searched == (1, "1 of 3")
    assert filtered == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []
    page.context.close()
