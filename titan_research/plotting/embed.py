"""Plotly figures inside a self-contained page: each figure is inert data, drawn by a script of the page.

A figure never becomes executable text. It is put in a ``<script type="application/json">`` block, so a page
can forbid every script but its own by hash, and nothing that came with the data can run.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["FIGURE_MIME", "figure_html", "plotly_script"]

FIGURE_MIME = "application/vnd.plotly.v1+json"

_DEFAULT_HEIGHT, _MAX_HEIGHT = 420, 5_000
_LINK = re.compile(r"<\s*/?\s*a\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_WEBGL_TO_SVG = {"scattergl": "scatter", "scatterpolargl": "scatterpolar", "heatmapgl": "heatmap"}


def plotly_script() -> str:
    """The plotly.js bundle of the installed plotly package."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def figure_html(figure: Mapping[str, Any], number: int) -> str:
    """Return the HTML of one figure: a caption, an empty box of its height and the figure as inert JSON.

    Parameters
    ----------
    figure : the content of an ``application/vnd.plotly.v1+json`` output: ``data`` and ``layout``
    number : position of the figure in the page, which makes its id: ``figure-1``, ``figure-2`` ...

    Notes
    -----
    The figure's title becomes the caption, which wraps on a telephone and can be selected. Links in labels
    and images from the network are dropped; WebGL traces become SVG traces, which print and need no ``eval``.
    """
    traces = [_trace(trace) for trace in _plain(figure.get("data", []))]
    layout = _plain(figure.get("layout", {}))
    title = layout.pop("title", None)
    caption = _caption(title.get("text", "") if isinstance(title, dict) else title)
    if "images" in layout:
        layout["images"] = [
            image for image in layout["images"] if str(image.get("source", "")).startswith("data:image/")
        ]
    height = layout["height"] = _height(layout.get("height"))
    layout.pop("width", None)
    document = json.dumps({"data": traces, "layout": layout}, sort_keys=True, separators=(",", ":"))
    inert = document.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    label = html.escape(caption or f"Figure {number}", quote=True)
    return (
        f'<figure class="plot" id="figure-{number}">'
        + (f"<figcaption>{html.escape(caption)}</figcaption>" if caption else "")
        + f'<div class="plot-box" role="img" aria-label="{label}" style="height:{height}px"></div>'
        + f'<script type="application/json">{inert}</script></figure>'
    )


def _height(value: object) -> int:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MAX_HEIGHT
    return int(value) if known else _DEFAULT_HEIGHT  # type: ignore[call-overload]


def _trace(trace: dict[str, Any]) -> dict[str, Any]:
    kind = trace.get("type", "scatter")
    return {**trace, "type": _WEBGL_TO_SVG.get(kind, kind)}


def _plain(value: Any) -> Any:
    """A copy of strict JSON without links in its strings."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _LINK.sub("", value) if "<" in value else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _caption(text: object) -> str:
    return html.unescape(_TAG.sub(" ", str(text or ""))).strip()
