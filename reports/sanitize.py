"""HTML from data or Markdown, reduced to an allow-list of tags and attributes before it enters a page."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bleach.sanitizer import Cleaner

__all__ = ["clean_html", "markdown_html", "text_html"]

_TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "s", "samp", "section", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var",
})  # fmt: skip
_CELL = ["class", "style", "colspan", "rowspan", "headers", "scope", "title"]
_STYLES = [
    "text-align",
    "vertical-align",
    "font-weight",
    "font-style",
    "white-space",
    "color",
    "background-color",
    "opacity",
]
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
_SECTION = re.compile(r"#section-[0-9]{1,4}")
_EXECUTABLE = re.compile(
    r"<(script|style|iframe|object|embed|template|noscript|svg|math|textarea|title|xmp)\b.*?(</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBER = re.compile(r"\s*([-+−–]?[\d\s,._]*\d?(e[-+]?\d+)?\s*[%x×]?|[-+]?(nan|inf)|NaN|None|NaT|–)\s*", re.IGNORECASE)


def clean_html(text: str) -> str:
    """Return ``text`` with allowed tags and attributes only; tables get a box of their own to scroll in.

    No handler, script, style sheet, form, frame or id survives; images are ``data:`` images and links stay
    inside the page.
    """
    return str(_cleaner().clean(_COMMENT.sub("", _EXECUTABLE.sub("", text))))


def markdown_html(text: str) -> str:
    """Markdown (with tables) as clean HTML."""
    return clean_html(str(_markdown()(text)))


def text_html(text: str) -> str:
    """Plain text of a terminal: escaped, colour codes dropped, the last state of a rewritten line kept."""
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in _ANSI.sub("", text).split("\n"))
    return html.escape("\n".join(lines).strip("\n"))


class _Tables:
    """Token filter: a scrolling box around every table, and a class for cells of words, not numbers."""

    def __init__(self, source: Iterable[dict[str, Any]]) -> None:
        self._source = source

    def __iter__(self) -> Iterator[dict[str, Any]]:
        cell: dict[str, Any] | None = None
        for token in self._source:
            if cell is not None:
                text = token["data"] if token["type"] in {"Characters", "SpaceCharacters"} else ""
                if text.strip() and not _NUMBER.fullmatch(text) and (None, "class") not in cell["data"]:
                    cell["data"][(None, "class")] = "words"
                yield cell
                cell = None
            kind, name = token["type"], token.get("name")
            if kind == "StartTag" and name == "td":
                cell = token
                continue
            if kind == "StartTag" and name == "table":
                box = {"class": "table-box", "tabindex": "0", "role": "region", "aria-label": "table"}
                attributes = {(None, key): value for key, value in box.items()}
                yield {**token, "name": "div", "data": attributes}
            yield token
            if kind == "EndTag" and name == "table":
                yield {**token, "name": "div"}
        if cell is not None:
            yield cell


def _allow(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and _SECTION.fullmatch(value) is not None
    if name == "src":
        return tag == "img" and _DATA_IMAGE.fullmatch(value) is not None
    if name in {"alt", "width", "height"}:
        return tag == "img"
    if name == "open":
        return tag == "details"
    if name == "datetime":
        return tag == "time"
    if name == "class":
        return not value.startswith(("page-", "plot"))
    return name in {"title", "style"} or (tag in {"td", "th", "col", "colgroup"} and name in {*_CELL, "span"})


@functools.cache
def _cleaner() -> Cleaner:
    from bleach.css_sanitizer import CSSSanitizer
    from bleach.sanitizer import Cleaner

    return Cleaner(
        tags=_TAGS,
        attributes=_allow,
        protocols=["data"],
        strip=True,
        strip_comments=True,
        filters=[_Tables],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES, allowed_svg_properties=[]),
    )


@functools.cache
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
