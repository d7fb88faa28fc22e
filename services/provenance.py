"""What code and which libraries made a number: the part of a run's identity that is not data or parameters."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import titan_research

__all__ = ["CodeVersion", "code_version", "package_versions"]

_SERVICES = Path(__file__).resolve().parent
_COMPUTING = ("numpy", "pandas", "scipy", "statsmodels", "numba", "vectorbt", "vectorbt-rust")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVersion:
    """``fingerprint`` covers the source of the research core and of the services; ``commit`` is empty outside git."""

    fingerprint: str
    commit: str
    dirty: bool

    def __str__(self) -> str:
        commit = self.commit[:10] or "no commit"
        return f"{commit}{'+' if self.dirty else ''} / {self.fingerprint[:10]}"


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=_SERVICES.parent, capture_output=True, text=True, timeout=10, check=False
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


@functools.lru_cache(maxsize=1)
def code_version() -> CodeVersion:
    """The version of the code in this process, read once."""
    digest = hashlib.sha256()
    for root in (Path(titan_research.__file__).resolve().parent, _SERVICES):
        for path in sorted(root.rglob("*.py")):
            if "plotting" not in path.parts:
                digest.update(str(path.relative_to(root.parent)).encode())
                digest.update(path.read_bytes())
    return CodeVersion(
        fingerprint=digest.hexdigest(),
        commit=_git("rev-parse", "HEAD"),
        dirty=bool(_git("status", "--porcelain", "--untracked-files=no")),
    )


@functools.lru_cache(maxsize=1)
def package_versions() -> dict[str, str]:
    """Python and the libraries that compute, by version."""
    versions = {"python": platform.python_version()}
    for name in _COMPUTING:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
