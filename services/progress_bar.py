"""Progress for people: a bar in a notebook or on a terminal, nothing in a batch job or a pipe."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable

__all__ = ["progress_bar"]

_EVERY = 0.2


def progress_bar(label: str = "") -> Callable[[int, int], None]:
    """A function for any ``progress=`` argument; it may be called from any thread.

    In a notebook a plain HTML bar that is gone when the work is done, so that nothing of it is stored (a widget would
    reopen as "model not found"); on a terminal a line; nothing where nobody watches.
    """
    if "ipykernel" in sys.modules:
        return _ignore if "PAPERMILL_OUTPUT_PATH" in vars(sys.modules["__main__"]) else _in_notebook(label)
    return _on_terminal(label) if sys.stderr.isatty() else _ignore


def _ignore(done: int, total: int) -> None:
    """Show nothing."""


def _in_notebook(label: str) -> Callable[[int, int], None]:
    from IPython.display import HTML, display

    handle = None
    shown = 0.0

    def show(done: int, total: int) -> None:
        nonlocal handle, shown
        finished = total > 0 and done >= total
        now = time.monotonic()
        if handle is None and not finished:
            handle = display(HTML(_bar(label, done, total)), display_id=True)
            shown = now
        elif handle is not None and finished:
            handle.update(HTML(""))
            handle = None
        elif handle is not None and now - shown >= _EVERY:
            handle.update(HTML(_bar(label, done, total)))
            shown = now

    return show


def _bar(label: str, done: int, total: int) -> str:
    amount = f"{done:,} of {total:,}" if total else f"{done:,}"
    value = f" value='{done}' max='{total}'" if total else ""
    return f"{html.escape(label)} <progress{value}></progress> {amount}"


def _on_terminal(label: str) -> Callable[[int, int], None]:
    from tqdm import tqdm

    bar = tqdm(desc=label or None, leave=False, file=sys.stderr)

    def show(done: int, total: int) -> None:
        bar.total = total or None
        bar.update(done - bar.n)
        if total and done >= total:
            bar.close()

    return show
