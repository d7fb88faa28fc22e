"""What a Jupyter kernel needs so that cells just work; loaded by the kernelspec ``titan`` and by `open_workbench`.

Booting is silent and idempotent. A failure is shown in the first cell instead of in a log that nobody reads.
"""

from __future__ import annotations

import functools
import io
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from django_site.boot import allow_async_unsafe, setup

__all__ = ["boot", "load_ipython_extension"]

_MARK = "_titan_booted"


def load_ipython_extension(shell: Any) -> None:
    """Entry point of ``--ext services.kernel`` and of ``%load_ext services.kernel``."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        boot(shell)
    except ImproperlyConfigured as error:
        _show_in_first_cell(shell, str(error))
    except Exception:  # noqa: BLE001 - the kernel must start; the first cell shows what went wrong
        _show_in_first_cell(shell, traceback.format_exc())


def boot(shell: Any) -> None:
    """Set Django up for a single-user kernel, load models and services, install the two connection hooks."""
    if getattr(shell, _MARK, False):
        return
    allow_async_unsafe()
    setup()
    shell.push(_names(), interactive=False)
    shell.input_transformers_cleanup.append(_touch_connections)
    shell.events.register("pre_run_cell", _heal_connections)
    shell.events.register("pre_run_cell", _allow_nested_loops)
    shell.events.register("pre_run_cell", functools.partial(_load_again_silently, shell))
    import pandas as pd

    pd.options.display.precision = 6
    pd.options.display.max_colwidth = 120
    setattr(shell, _MARK, True)


def _names() -> dict[str, Any]:
    """Models, the SHELL_PLUS imports and the ``titan`` object's maker, as shell_plus would load them."""
    from django.core.management.color import no_style
    from django_extensions.management.shells import import_objects

    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        names: dict[str, Any] = import_objects({"dont_load": [], "quiet_load": True}, no_style())
    return names


def _touch_connections(lines: list[str]) -> list[str]:
    """Make the connection wrappers in the shell's own context before an await-cell copies it: one, not one a cell."""
    from django.db import connections

    connections.all()
    return lines


def _heal_connections(_info: object = None) -> None:
    """Let go of connections that the server dropped; the next query opens a fresh one."""
    from django.db import close_old_connections

    close_old_connections()


def _allow_nested_loops(_info: object = None) -> None:
    """Let ``asyncio.run`` work in a cell; ``nest_asyncio`` becomes its maintained continuation, which loses no cell."""
    import nest_asyncio2

    if sys.modules.get("nest_asyncio") is not nest_asyncio2:
        sys.modules["nest_asyncio"] = nest_asyncio2
        nest_asyncio2.apply()


def _load_again_silently(shell: Any, _info: object = None) -> None:
    """IPython prints a line when an extension is loaded twice, and strict nbval takes that for a difference."""
    shell.extension_manager.loaded.discard(__name__)


def _show_in_first_cell(shell: Any, text: str) -> None:
    def show(_info: object = None) -> None:
        shell.events.unregister("pre_run_cell", show)
        sys.stderr.write(f"TITAN could not be loaded into this kernel: {text}\n")

    shell.events.register("pre_run_cell", show)
