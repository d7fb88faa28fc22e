from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("titan_research", "services", "django_site", "reports")
WALL = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
MAY_READ_THE_ENVIRONMENT = {"django_site/env.py", "django_site/boot.py", "manage.py"}
HEAVY = ("vectorbt", "numba", "plotly", "statsmodels", "scipy.stats")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if "migrations" not in path.parts and ".ipynb_checkpoints" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def reads_environment(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in {"environ", "environb", "getenv", "putenv"}
        for node in ast.walk(tree)
    ) or any(
        isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and {"environ", "getenv"} & {a.name for a in node.names}
        for node in ast.walk(tree)
    )


def test_imports_point_down() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_the_wall() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in sources(*PACKAGES, "tests", "benchmarks")}

    assert {name: length for name, length in lengths.items() if length > WALL} == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in sources(*PACKAGES, "tests") if path.stem.strip("_") in VAGUE] == []


def test_only_the_environment_reader_reads_the_environment() -> None:
    readers = {name_of(path) for path in sources(*PACKAGES) if reads_environment(ast.parse(path.read_text()))}

    assert readers <= MAY_READ_THE_ENVIRONMENT
    assert "django_site/env.py" in readers


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.environ['A']",
        "import os; os.getenv('A')",
        "from os import environ",
        "from os import getenv as g",
    ],
)
def test_the_check_itself_sees_a_reader(code: str) -> None:
    assert reads_environment(ast.parse(code))


def test_services_know_no_http() -> None:
    """import-linter cannot name a part of an external package."""
    guilty = []
    for path in sources("services"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            guilty += [name_of(path) for name in names if name.startswith(("django.http", "django.views"))]

    assert guilty == []


def test_modules_name_what_they_offer() -> None:
    silent = []
    for path in sources(*PACKAGES):
        body = ast.parse(path.read_text()).body
        offers = any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
            for node in body
        )
        names = {
            target.id
            for node in body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        if offers and "__all__" not in names and not path.stem.startswith("_") and "commands" not in path.parts:
            silent.append(name_of(path))

    assert silent == []


def test_starting_up_is_light(titan_home: Path) -> None:
    code = (
        "import sys, time; begun = time.process_time();"
        "import titan_research, services; from django_site.boot import setup; setup();"
        f"print(time.process_time() - begun, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        spent, _, loaded = done.stdout.strip().partition(" ")
        seconds.append(float(spent))
        assert loaded == "[]"
    sys.stdout.write(f"start-up: {min(seconds):.2f} s of CPU\n")
