from __future__ import annotations

import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.files import output_path, workspace
from reports.render import RenderedReport
from reports.render import render as render_with
from titan_research.errors import ComputationFailed, InvalidInput, InvalidParameters, NotConfigured

HOSTILE_TEXT = (
    "\"); open('executed', 'w'); (\"\\\n'''<img src=x onerror=alert(1)></script><script>alert(1)</script>{symbol}"
)

REPORT = [
    "# A small report\n\n## Prices",
    "import os, plotly.graph_objects as go, pandas as pd\n"
    "from IPython.display import HTML, Markdown, display\n"
    "go.Figure(go.Scatter(x=[1, 2, 3], y=[2, 1, 4], name=symbol), layout={'title': symbol})",
    "display(HTML(f'<p>{symbol}</p>'), Markdown(f'## About {symbol}'))\npd.DataFrame({symbol: [symbol]})",
    "from ipykernel.connect import get_connection_info\n"
    "transport = get_connection_info(unpack=True)['transport']\n"
    "print(window, fraction, flag, names, os.environ['OMP_NUM_THREADS'], os.path.basename(os.getcwd()), transport)",
    "metrics = {'window': window, 'sharpe_ratio': 0.5}\n"
    "display({'application/vnd.titan.metrics+json': metrics, 'text/plain': ''}, raw=True)",
]
render = functools.partial(render_with, kernel="python3")
VALUES = {"symbol": HOSTILE_TEXT, "window": "30", "names": ["A", '"); raise SystemExit; ("']}


@pytest.fixture(scope="module")
def report(make_template: Callable[..., Path]) -> Path:
    return make_template(*REPORT, name="small")


def test_a_folder_too_deep_for_a_socket_still_works(make_template: Callable[..., Path], tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    assert render(make_template("1 + 1"), deep / "a.html", {}).html.is_file()
    assert sorted(path.name for path in deep.iterdir()) == ["a.html", "a.ipynb"]


@pytest.fixture(scope="module")
def rendered(report: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedReport, list[tuple[int, int]]]:
    calls: list[tuple[int, int]] = []
    output = output_path(tmp_path_factory.mktemp("output"), "pair", "^GSPC")
    result = render(report, output, VALUES, facts={"Seed": "7"}, on_progress=lambda *call: calls.append(call))
    return result, calls


def test_a_report_is_published_with_its_notebook_and_metrics(rendered: tuple[RenderedReport, Any]) -> None:
    result, _ = rendered

    assert result.sha256 == hashlib.sha256(result.html.read_bytes()).hexdigest()
    assert result.metrics is not None
    assert json.loads(result.metrics.read_text()) == {"sharpe_ratio": 0.5, "window": 30}
    assert sorted(path.suffix for path in result.html.parent.iterdir()) == [".html", ".ipynb", ".json"]
    assert "30 0.5 True" in result.html.read_text()


def test_progress_counts_the_cells(rendered: tuple[RenderedReport, Any]) -> None:
    _, calls = rendered

    assert calls == [(done, 7) for done in range(1, 8)]


def test_the_kernel_works_in_the_folder_of_the_template_with_one_thread_over_ipc(
    rendered: tuple[RenderedReport, Any], report: Path
) -> None:
    assert f" 1 {report.parent.name} ipc" in rendered[0].html.read_text()


def test_a_hostile_value_stays_text(rendered: tuple[RenderedReport, Any], report: Path, read_tags: Any) -> None:
    tags = read_tags(rendered[0].html.read_text())

    assert not (report.parent / "executed").exists()
    assert not Path("executed").exists()
    assert not [name for _, name, _ in tags.attributes if name.startswith("on")]
    assert sum(attributes.get("type") != "application/json" for attributes, _ in tags.scripts) == 2


def test_the_same_inputs_give_the_same_files(
    rendered: tuple[RenderedReport, Any], report: Path, tmp_path: Path
) -> None:
    first, _ = rendered

    again = render(report, tmp_path / first.html.name, VALUES, facts={"Seed": "7"})

    assert again.sha256 == first.sha256
    assert again.notebook.read_bytes() == first.notebook.read_bytes()


def test_a_failing_cell_publishes_nothing_and_is_named(make_template: Callable[..., Path], tmp_path: Path) -> None:
    failing = make_template("## Text", "1 + 1", "raise KeyError(symbol)", name="broken")
    previous = tmp_path / "pair.html"
    previous.write_text("previous")

    with pytest.raises(ComputationFailed, match=r"broken\.ipynb, cell 4: KeyError: 'PEP'") as caught:
        render(failing, previous, {"symbol": "PEP"})

    assert caught.value.details["cell"] == 4
    assert "raise KeyError(symbol)" in caught.value.details["traceback"]
    assert [path.name for path in tmp_path.iterdir()] == ["pair.html"]
    assert previous.read_text() == "previous"


def test_a_template_that_leaves_early_is_not_complete(make_template: Callable[..., Path], tmp_path: Path) -> None:
    leaving = make_template("import sys; sys.exit(0)", "1 + 1", name="leaving")

    with pytest.raises(ComputationFailed, match=r"leaving\.ipynb, cell 2: SystemExit"):
        render(leaving, tmp_path / "a.html", {})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_cell_that_takes_too_long_is_stopped(make_template: Callable[..., Path], tmp_path: Path) -> None:
    sleeping = make_template("import time; time.sleep(60)", name="sleeping")

    with pytest.raises(ComputationFailed, match=r"cell 2: Timeout: took longer than 1 s"):
        render(sleeping, tmp_path / "a.html", {"window": 1}, timeout=1)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_kernel_that_dies_is_reported(make_template: Callable[..., Path], tmp_path: Path) -> None:
    dying = make_template("import os; os._exit(9)", name="dying")

    with pytest.raises(ComputationFailed, match="cell 2: DeadKernel"):
        render(dying, tmp_path / "a.html", {})

    assert list(tmp_path.iterdir()) == []


def test_raising_from_progress_cancels_the_run(make_template: Callable[..., Path], tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        render(make_template("open('reached', 'w')"), tmp_path / "a.html", {}, on_progress=stop)

    assert list(tmp_path.iterdir()) == []


def test_nothing_runs_for_a_wrong_parameter_or_output(report: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameters):
        render(report, tmp_path / "a.html", {"n = 0; open('executed', 'w'); x": 1})
    with pytest.raises(InvalidInput):
        render(report, tmp_path / "../../{symbol}.html", {})
    with pytest.raises(InvalidInput):
        render(report, tmp_path / "a.html", {}, timeout=0)

    assert list(tmp_path.iterdir()) == []
    assert not (report.parent / "executed").exists()


def install_kernel(folder: Path, *arguments: str) -> None:
    specification = folder / "kernels" / "titan" / "kernel.json"
    specification.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *arguments]
    specification.write_text(json.dumps({"argv": argv, "display_name": "T", "language": "python"}))


def test_the_titan_kernel_is_preferred_when_it_is_installed(
    make_template: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_kernel(tmp_path / "jupyter", "--HistoryManager.enabled=False", "--IPKernelApp.exec_lines=mark = 5")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    result = render_with(make_template("print('mark is', mark)"), tmp_path / "a.html", {})

    assert "mark is 5" in result.html.read_text()


def test_a_kernel_that_cannot_start_is_reported(
    make_template: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_kernel(tmp_path / "jupyter", "--HistoryManager.enabled=False", "--HistoryManager.enabled=False")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    with pytest.raises(ComputationFailed, match="the kernel did not start: Kernel died"):
        render_with(make_template("1"), tmp_path / "a.html", {})
    with pytest.raises(NotConfigured, match="titan init"):
        render_with(make_template("1"), tmp_path / "a.html", {}, kernel="nowhere")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_no_report_and_no_kernel(
    make_template: Callable[..., Path], tmp_path: Path, number: signal.Signals
) -> None:
    started = tmp_path / "started"
    cell = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"
    folder = tmp_path / "output"
    script = (
        "import sys; from pathlib import Path; from reports.render import render; "
        "render(Path(sys.argv[1]), sys.argv[2], {}, kernel='python3')"
    )
    command = [
        sys.executable,
        "-c",
        script,
        str(make_template(cell, "1 + 1", name="endless")),
        str(folder / "a.html"),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        kernel = _wait_for_pid(started)
        if number is signal.SIGINT:
            os.killpg(run.pid, number)
        else:
            run.send_signal(number)
        assert run.wait(timeout=20) != 0

    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == []
    assert _gone_within(kernel, seconds=10)
    with workspace(folder):
        pass
    assert list(folder.iterdir()) == []


def _wait_for_pid(path: Path) -> int:
    for _ in range(600):
        if path.is_file() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise TimeoutError(path)


def _gone_within(pid: int, *, seconds: float) -> bool:
    for _ in range(int(seconds / 0.1)):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False
