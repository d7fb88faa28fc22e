"""The notebooks run from an empty home and read well as they are stored."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OURS = ("TITAN_", "DJANGO_", "DATABASE_URL", "MARKET_DATA_URL", "CELERY_", "JPY_", "PYTEST_")
NAMES = ["01_data", "02_pairs", "03_backtest", "04_walk_forward", "05_regimes", "06_signals"]
UNSTABLE = re.compile(
    r"0x[0-9a-f]{6,}|/tmp/|/home/|/opt/|site-packages|run_id|created_at|level=(ERROR|WARNING)|Warning:"
)
LARGEST = 250_000

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module", autouse=True)
def titan_kernel() -> None:
    """The kernel that the notebooks name; `titan init` installs it for people."""
    from services.kernelspec import install_kernelspec

    install_kernelspec()


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def source_tree(cell: NotebookNode) -> ast.Module:
    source: str = cell.source
    return compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_six_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.slow
@each_notebook
def test_a_notebook_runs_from_an_empty_home_and_keeps_its_promises(path: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    plain = ["-c", os.devnull, "--rootdir", str(ROOT), "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:django"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plain, "--nbval-lax", str(path)],
        env={**environment, "TITAN_HOME": str(tmp_path / "home")}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@each_notebook
def test_a_notebook_names_the_titan_kernel_and_says_first_what_one_learns(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)

    assert notebook.metadata.kernelspec == {"name": "titan", "display_name": "TITAN (Django)", "language": "python"}
    assert "You learn" in notebook.cells[0].source
    assert "open_workbench()" in code_cells(notebook)[0].source
    assert 'ingest_sync("sample")' in code_cells(notebook)[0].source


@each_notebook
def test_a_notebook_defines_no_function_and_checks_its_numbers(path: Path) -> None:
    cells = code_cells(nbformat.read(path, as_version=4))
    nodes = [node for cell in cells for node in ast.walk(source_tree(cell))]

    assert not [
        node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
    ]
    assert [node for node in nodes if isinstance(node, ast.Assert)]
    assert [node for node in nodes if isinstance(node, ast.Await)]


@each_notebook
def test_a_notebook_is_stored_as_it_ran_without_errors_ids_times_or_paths(path: Path) -> None:
    cells = code_cells(nbformat.read(path, as_version=4))
    outputs = [output for cell in cells for output in cell.outputs]
    texts = [str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in outputs]

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data", "stream"}
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert not [text for text in texts if UNSTABLE.search(text)]
    assert path.stat().st_size < LARGEST


@each_notebook
def test_a_figure_is_stored_as_a_picture_that_every_viewer_shows(path: Path) -> None:
    cells = code_cells(nbformat.read(path, as_version=4))
    figures = [cell for cell in cells if cell.source.startswith("plotting.")]

    assert figures
    for cell in figures:
        assert "nbval-ignore-output" in cell.metadata.tags
        assert "image/png" in cell.outputs[-1].data
        assert "application/vnd.plotly.v1+json" not in cell.outputs[-1].data
