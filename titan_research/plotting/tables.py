"""Tables for reports and notebooks: rounded, aligned, escaped, without ids."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Table", "facts", "table"]

_LEFT = ' style="text-align:left"'
_RIGHT = ' style="text-align:right"'
_WHOLE = ' style="white-space:nowrap"'


class Table:
    """HTML with a plain-text twin, so that it reads well everywhere."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    def _repr_html_(self) -> str:
        return self._markup

    def __repr__(self) -> str:
        return self._text


def table(
    frame: pd.DataFrame,
    *,
    percent: Iterable[str] = (),
    digits: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    rows: int | None = None,
    right: Iterable[str] = (),
) -> Table:
    """A frame for people.

    Parameters
    ----------
    percent : columns of fractions, shown with one digit and a percent sign
    digits : digits after the point by column; others get four significant digits
    names : what to call a column
    rows : show the first rows only, and say how many there are
    right : columns of text to align like numbers
    """
    shown = frame if rows is None else frame.head(rows)
    share, places = set(percent), dict(digits or {})
    cells = {
        str(name): [_cell(value, name in share, places.get(str(name))) for value in shown[name]]
        for name in shown.columns
    }
    words = {name: (names or {}).get(name, name.replace("_", " ")) for name in cells}
    numeric = {name for name in cells if pd.api.types.is_numeric_dtype(shown[name]) or name in set(right)}
    dates = {name for name in cells if pd.api.types.is_datetime64_any_dtype(shown[name])}
    head = "".join(f"<th{_RIGHT if name in numeric else _LEFT}>{html.escape(words[name])}</th>" for name in cells)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_RIGHT if name in numeric else _WHOLE if name in dates else ''}>{html.escape(cells[name][row])}</td>"
            for name in cells
        )
        + "</tr>"
        for row in range(len(shown))
    )
    note = "" if len(shown) == len(frame) else f"<p>The first {len(shown)} of {len(frame)} rows.</p>"
    text = pd.DataFrame(cells).rename(columns=words).to_string(index=False) if len(shown) else "(nothing)"
    if not len(shown):
        return Table("<p>Nothing to show.</p>", text)
    return Table(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}", text)


def facts(values: Mapping[str, Any], *, percent: Iterable[str] = ()) -> Table:
    """Names and values, one a row."""
    share = set(percent)
    frame = pd.DataFrame(
        {
            "measure": [name.replace("_", " ") for name in values],
            "value": [_cell(value, name in share, None) for name, value in values.items()],
        }
    )
    return table(frame, right=["value"])


def _cell(value: Any, percent: bool, digits: int | None) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return "–" if math.isnan(value) else "∞"
        if percent:
            return f"{value:.1%}"
        return f"{value:,.{digits}f}" if digits is not None else f"{value:,.4g}"
    if isinstance(value, pd.Timestamp):
        return str(value.strftime("%Y-%m-%d"))
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return "–" if value is None or value is pd.NaT else str(value)
