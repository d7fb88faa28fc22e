"""An executed notebook as one HTML file: no network, no code from data, readable on paper and on a phone."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.policy import PAGE_FOLDER, asset, content_policy
from reports.sanitize import clean_html, markdown_html, text_html
from titan_research.plotting.embed import FIGURE_MIME, figure_html, plotly_script

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["METRICS_MIME", "report_html"]

METRICS_MIME = "application/vnd.titan.metrics+json"

_HEADING = re.compile(r"<h([12])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_KERNEL_FILE = re.compile(r"(/[^\s:'\"]*)?/ipykernel_\d+/\d+\.py")


class _Page:
    """What has been numbered so far; a page without clocks or random ids is the same file every time."""

    def __init__(self) -> None:
        self.heading = ""
        self.n_figures = 0
        self.sections: list[tuple[str, str]] = []

    def cell(self, cell: NotebookNode) -> str:
        if cell.cell_type == "markdown":
            return self._with_anchors(markdown_html(cell.source))
        if cell.cell_type != "code":
            return ""
        return "\n".join(fragment for output in cell.outputs for fragment in self._output(output))

    def _output(self, output: NotebookNode) -> Iterator[str]:
        if output.output_type == "stream":
            yield _stream(output)
        elif output.output_type in {"display_data", "execute_result"}:
            yield self._display(output.data)

    def _display(self, data: Mapping[str, Any]) -> str:
        if METRICS_MIME in data:
            return ""
        if FIGURE_MIME in data:
            self.n_figures += 1
            return figure_html(data[FIGURE_MIME], self.n_figures)
        if "text/html" in data:
            return self._with_anchors(clean_html(data["text/html"]))
        if "text/markdown" in data:
            return self._with_anchors(markdown_html(data["text/markdown"]))
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                return clean_html(f'<img alt="figure" src="data:{kind};base64,{"".join(data[kind].split())}">')
        plain = text_html(data.get("text/plain", ""))
        return f"<pre>{plain}</pre>" if plain else ""

    def _with_anchors(self, fragment: str) -> str:
        return _HEADING.sub(self._anchor, fragment)

    def _anchor(self, match: re.Match[str]) -> str:
        level, content = match.groups()
        text = html.unescape(_TAG.sub("", content)).strip()
        if level == "1" and not self.heading:
            self.heading = text
            return ""
        anchor = f"section-{len(self.sections) + 1}"
        self.sections.append((anchor, text))
        return f'<h2 id="{anchor}">{content}</h2>'


def _stream(output: NotebookNode) -> str:
    text = text_html(_KERNEL_FILE.sub("cell", output.text))
    if not text:
        return ""
    if output.name == "stderr":
        return f"<details><summary>Warnings of this step</summary><pre>{text}</pre></details>"
    return f"<pre>{text}</pre>"


@functools.cache
def _exporter() -> Any:
    from nbconvert.exporters import TemplateExporter

    return TemplateExporter(
        file_extension=".html",
        template_name=PAGE_FOLDER.name,
        extra_template_basedirs=[str(PAGE_FOLDER.parent)],
    )


def report_html(notebook: NotebookNode, *, title: str | None = None, facts: Mapping[str, str] | None = None) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook : executed; code is hidden, outputs and Markdown are shown in order
    title : heading of the page; None takes the first level-1 heading of the notebook
    facts : what the header says about the run, in order: data hash, code version, costs, seed ...

    Notes
    -----
    The first level-1 heading moves into the header. Other headings of level 1 and 2 become sections with an
    anchor each. The same notebook, title and facts give the same bytes.
    """
    page = _Page()
    copy = notebook.copy()
    copy.cells = []
    for cell in notebook.cells:
        shown = cell.copy()
        shown.metadata = {**cell.metadata, "titan_html": page.cell(cell)}
        copy.cells.append(shown)
    plotly = plotly_script() if page.n_figures else ""
    script = asset("report.js")
    resources = {
        "title": title or page.heading or "Report",
        "facts": [(str(name), str(value)) for name, value in (facts or {}).items()],
        "sections": page.sections,
        "has_figures": bool(page.n_figures),
        "style": asset("base.css") + asset("report.css"),
        "script": script,
        "plotly": plotly,
        "policy": content_policy(*([plotly] if plotly else []), script),
    }
    body, _ = _exporter().from_notebook_node(copy, resources=resources)
    return str(body)
