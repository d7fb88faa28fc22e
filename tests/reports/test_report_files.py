from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.files import check_output, output_path, publish, slug, workspace
from titan_research.errors import InvalidInput


def test_plain_names_stay_readable() -> None:
    assert slug("walk_forward", "KO", "PEP") == "walk_forward-ko-pep"
    assert slug("regime", "^GSPC").startswith("regime-gspc-")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "..",
        ".",
        "x\0y",
        "é" * 200,
        "a" * 5_000,
        "con.html",
        "{symbol}",
        "\ud800",
    ],
)
def test_a_strange_symbol_stays_inside_the_folder(tmp_path: Path, name: str) -> None:
    path = output_path(tmp_path, "pair", name)

    assert path.parent == tmp_path
    assert len(path.name) < 128
    path.write_text("x")
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_two_different_names_never_share_a_file(first: str, second: str) -> None:
    def key(name: str) -> str:
        return name.lower() if name.isascii() else name

    if key(first) != key(second):
        assert slug("pair", first) != slug("pair", second)


@pytest.mark.parametrize(
    "bad", ["../x.html", "x.txt", "X.html", "a b.html", ".html", "{x}.html", "index.html", "x/../../y.html"]
)
def test_an_output_with_another_name_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InvalidInput, match="report output"):
        check_output(f"{tmp_path}/{bad}")


def test_a_name_needs_parts() -> None:
    with pytest.raises(InvalidInput, match="at least one part"):
        slug("pair", "")


def test_a_published_file_replaces_the_old_one_and_the_working_folder_goes(tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    target.write_bytes(b"old")

    with workspace(tmp_path) as folder:
        publish(target, b"new", by_way_of=folder)

    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    target.write_bytes(b"old")

    with pytest.raises(TypeError), workspace(tmp_path) as folder:
        publish(target, "not bytes", by_way_of=folder)  # type: ignore[arg-type]

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_folder_of_a_dead_run_is_swept_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom reports.files import workspace\n"
        "with workspace(Path(sys.argv[1])) as folder:\n    print(folder, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        try:
            with workspace(tmp_path):
                assert folder.is_dir()
        finally:
            owner.kill()

    with workspace(tmp_path):
        assert not folder.exists()
