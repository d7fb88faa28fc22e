"""The papermill engine of TITAN's reports. Imports papermill, so import this module inside functions only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger
from traitlets.config import Config

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["ENGINE", "KERNEL_ENVIRONMENT", "TitanEngine", "kernel_name", "run_notebook"]

ENGINE = "titan"
_SOCKET_FOLDER_LENGTH = 80
KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PLOTLY_RENDERER": "plotly_mimetype",
    "TQDM_DISABLE": "1",
}


class _Client(PapermillNotebookClient):
    """A client whose kernel gets :data:`KERNEL_ENVIRONMENT` and that writes no history."""

    def create_kernel_manager(self) -> Any:
        manager = super().create_kernel_manager()
        specification = manager.kernel_spec
        specification.env = {**specification.env, **KERNEL_ENVIRONMENT}
        if not any(argument.startswith("--HistoryManager.enabled") for argument in specification.argv):
            specification.argv = [*specification.argv, "--HistoryManager.enabled=False"]
        specification.argv = [*specification.argv, "--Application.log_level=CRITICAL"]
        return manager


class TitanEngine(NBClientEngine):
    """papermill's own engine with IPC sockets, an explicit working folder and a callback after every cell."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        working_folder: Path,
        scratch: Path,
        on_cell: Callable[[int, int], None] | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        log_output: bool = False,
        **_: Any,
    ) -> Any:
        total = len(nb_man.nb.cells)
        complete = nb_man.cell_complete

        def cell_complete(cell: Any, cell_index: int | None = None, **keywords: Any) -> None:
            complete(cell, cell_index=cell_index, **keywords)
            if on_cell is not None and cell_index is not None:
                on_cell(cell_index + 1, total)

        nb_man.cell_complete = cell_complete
        with _socket_folder(scratch) as sockets:
            settings = {"transport": "ipc", "connection_file": str(sockets / "kernel.json")}
            client = _Client(
                nb_man,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                log=logger,
                log_output=log_output,
                resources={"metadata": {"path": str(working_folder)}},
                config=Config({"KernelManager": settings, "AsyncKernelManager": settings}),
            )
            return client.execute()


@contextlib.contextmanager
def _socket_folder(scratch: Path) -> Iterator[Path]:
    """``scratch``, or a folder of the system where its path is too long for the name of a socket."""
    if len(os.fsencode(scratch)) <= _SOCKET_FOLDER_LENGTH:
        yield scratch
        return
    with tempfile.TemporaryDirectory(prefix="titan-kernel-") as short:
        yield Path(short)


papermill_engines.register(ENGINE, TitanEngine)


def kernel_name() -> str:
    """``titan`` when its kernelspec is installed, else ``python3`` of this interpreter."""
    from jupyter_client.kernelspec import KernelSpecManager

    return "titan" if "titan" in KernelSpecManager().find_kernel_specs() else "python3"


def run_notebook(
    template: Path,
    parameters: Mapping[str, Any],
    *,
    scratch: Path,
    kernel: str,
    timeout: int,
    on_cell: Callable[[int, int], None] | None = None,
) -> NotebookNode:
    """Return the executed notebook; nothing is written. ``timeout`` is in seconds, for each cell.

    Parameters must have been through :func:`reports.parameters.check_parameters`. The kernel works in the
    template's folder; its sockets are put into ``scratch``, which the caller removes.
    """
    import nbformat

    return papermill.execute_notebook(
        nbformat.read(template, as_version=4),
        None,
        parameters=dict(parameters),
        engine_name=ENGINE,
        kernel_name=kernel,
        language="python",
        progress_bar=False,
        execution_timeout=timeout,
        working_folder=template.parent,
        scratch=scratch,
        on_cell=on_cell,
    )
