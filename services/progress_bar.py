"""Progress for people: a bar in a terminal or notebook, lines in a batch job."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

__all__ = ["progress_bar"]


def progress_bar(label: str = "") -> Callable[[int, int], None]:
    """A function for any ``progress=`` argument.

    A widget bar in an interactive notebook, a text bar on a terminal, nothing where standard error is no terminal.
    """
    from tqdm import tqdm

    bars: list[tqdm[None]] = []
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(
                tqdm(
                    total=total or None,
                    desc=label or None,
                    leave=False,
                    file=sys.stderr,
                    disable=not watched or _in_batch(),
                )
            )
        bar = bars[0]
        bar.total = total or None
        bar.update(done - bar.n)
        if total and done >= total:
            bar.close()

    return show


def _in_batch() -> bool:
    return "ipykernel" in sys.modules and not os.isatty(0) and "PAPERMILL_OUTPUT_PATH" in vars(sys.modules["__main__"])
