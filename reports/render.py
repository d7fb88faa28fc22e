"""Template + parameters -> executed notebook -> one HTML file, published only when every cell ran."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.files import check_output, publish, workspace
from reports.html import METRICS_MIME, report_html
from reports.parameters import check_parameters, template_path
from titan_research.errors import ComputationFailed, InvalidInput, NotConfigured

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["RenderedReport", "render"]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PARAMETERS_TAG = "parameters"
_INJECTED_TAG = "injected-parameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedReport:
    """Where a report was published; ``sha256`` of the HTML; ``metrics`` is None when there are none."""

    html: Path
    notebook: Path
    metrics: Path | None
    sha256: str
    seconds: float


def render(
    template: str | Path,
    output: Path | str,
    parameters: Mapping[str, Any],
    *,
    title: str | None = None,
    facts: Mapping[str, str] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    timeout: int = 600,
    kernel: str | None = None,
) -> RenderedReport:
    """Run a template and publish its report.

    Parameters
    ----------
    template : a name in the templates folder, or a ``Path`` to a notebook with a tagged ``parameters`` cell
    output : the HTML file to write; make it with :func:`reports.files.output_path`. The executed notebook
        (``<name>.ipynb``) and the metrics (``<name>.metrics.json``) are written beside it
    parameters : checked against the template before anything runs
    title, facts : for the header of the page; None takes the title from the template
    on_progress : called with (cells done, cells in all); raising from it cancels the run
    timeout : seconds that one cell may take
    kernel : name of a kernelspec; None takes ``titan`` when installed, else ``python3``

    Raises
    ------
    InvalidParameters, InvalidInput, NotFound : before a kernel starts
    ComputationFailed : a cell failed, took too long or the kernel died; nothing is published
    NotConfigured : the kernel that was asked for is not installed

    Notes
    -----
    The HTML file is renamed into place last, after every cell ran and everything is on disk. A run that is
    interrupted or killed leaves the previous report untouched and at most a hidden working folder, which the
    next run sweeps away.
    """
    source = template_path(template)
    values = check_parameters(template, parameters)
    target = check_output(output)
    if timeout < 1:
        raise InvalidInput(f"need timeout >= 1 second for each cell; received {timeout}")
    started = time.perf_counter()
    with workspace(target.parent) as folder:
        executed_cells = _execute(source, values, folder, kernel=kernel, timeout=int(timeout), on_progress=on_progress)
        notebook = _normalized(executed_cells)
        page = report_html(notebook, title=title, facts=facts).encode()
        metrics = _metrics(notebook)
        executed, sidecar = target.with_suffix(".ipynb"), target.with_suffix(".metrics.json")
        publish(executed, _notebook_bytes(notebook), by_way_of=folder)
        if metrics:
            publish(sidecar, _strict_json(metrics), by_way_of=folder)
        else:
            sidecar.unlink(missing_ok=True)
        publish(target, page, by_way_of=folder)
    return RenderedReport(
        html=target,
        notebook=executed,
        metrics=sidecar if metrics else None,
        sha256=hashlib.sha256(page).hexdigest(),
        seconds=time.perf_counter() - started,
    )


def _execute(
    source: Path,
    values: Mapping[str, Any],
    scratch: Path,
    *,
    kernel: str | None,
    timeout: int,
    on_progress: Callable[[int, int], None] | None,
) -> NotebookNode:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from reports.engine import kernel_name, run_notebook

    reached = 0

    def on_cell(done: int, total: int) -> None:
        nonlocal reached
        reached = done
        if on_progress is not None:
            on_progress(done, total)

    try:
        name = kernel or kernel_name()
        notebook = run_notebook(source, values, scratch=scratch, kernel=name, timeout=timeout, on_cell=on_cell)
    except PapermillExecutionError as error:
        trace = _ANSI.sub("", "\n".join(error.traceback))
        raise _failure(source, values, error.cell_index, error.ename, error.evalue, trace) from None
    except CellTimeoutError:
        message = f"took longer than {timeout} s; raise timeout or ask for less"
        raise _failure(source, values, reached - 1, "Timeout", message) from None
    except DeadKernelError as error:
        raise _failure(source, values, reached - 1, "DeadKernel", str(error)) from None
    except NoSuchKernel as error:
        raise NotConfigured(f"{error}; run `titan init`, which installs the kernel") from None
    except RuntimeError as error:
        if reached or not str(error).startswith("Kernel"):
            raise
        raise ComputationFailed(f"report template {source.name}: the kernel did not start: {error}") from error
    _require_complete(source, values, notebook)
    return notebook


def _require_complete(source: Path, values: Mapping[str, Any], notebook: NotebookNode) -> None:
    """papermill calls an interrupted run, or one left by ``sys.exit``, complete; the cells know better."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        errors = [item for item in cell.outputs if item.output_type == "error"]
        if errors:
            raise _failure(source, values, position, errors[0].ename, errors[0].evalue)
        if cell.source.strip() and cell.execution_count is None:
            raise _failure(source, values, position, "NotRun", "the run ended before this cell")


def _failure(
    source: Path, values: Mapping[str, Any], position: int, name: str, message: str, trace: str = ""
) -> ComputationFailed:
    number = _template_number(source, values, position)
    return ComputationFailed(
        f"report template {source.name}, cell {number}: {name}: {message}".rstrip(": "),
        template=source.stem,
        cell=number,
        error=name,
        traceback=trace[-8_000:],
    )


def _template_number(source: Path, values: Mapping[str, Any], position: int) -> int:
    """Count cells as the template does: from 1, without the one that papermill put in."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    tagged = (i for i, cell in enumerate(cells) if _PARAMETERS_TAG in cell.get("metadata", {}).get("tags", []))
    injected = next(tagged, len(cells)) + 1
    return position + (0 if values and position >= injected else 1)


def _normalized(notebook: NotebookNode) -> NotebookNode:
    """Without run times, machine paths and random ids, so that equal runs give equal files."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if _INJECTED_TAG in cell.metadata.get("tags", []):
            cell.id = _INJECTED_TAG
    return notebook


def _metrics(notebook: NotebookNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get(METRICS_MIME)
            if isinstance(data, dict):
                found.update(data)
    return found


def _strict_json(metrics: Mapping[str, Any]) -> bytes:
    try:
        return (json.dumps(metrics, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
    except ValueError as error:
        raise ComputationFailed(
            "the template recorded a metric that is NaN or infinite; record None and the reason instead",
            metrics=str(metrics),
        ) from error


def _notebook_bytes(notebook: NotebookNode) -> bytes:
    import nbformat

    return str(nbformat.writes(notebook) + "\n").encode()
