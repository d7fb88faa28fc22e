from __future__ import annotations

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"arch-py": "arch", "redis-py": "redis"}


def test_the_conda_environment_is_in_step_with_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = {r.name: str(r.specifier) for r in map(Requirement, project["dependencies"])}
    wanted["python"] = str(Requirement(f"python{project['requires-python']}").specifier)

    listed = yaml.safe_load((REPOSITORY / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    lines = [
        entry for entry in (*listed, *pip) if isinstance(entry, str) and entry != "pip" and not entry.startswith("-")
    ]
    requirements = list(map(Requirement, lines))
    found = {CONDA_NAMES.get(r.name, r.name): str(r.specifier) for r in requirements}

    assert found == wanted
    assert len(found) == len(requirements)
