"""Safe file names and atomic publication: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from titan_research.errors import InvalidInput

__all__ = ["check_output", "output_path", "publish", "slug", "workspace"]

_MAX_LENGTH = 80
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,119}\.html")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*")
_WORKSPACE = ".render-"
_INDEX = "index.html"  # of the gallery


def slug(*parts: str) -> str:
    """Return a file name stem of a-z, 0-9, ``-`` and ``_`` for the parts, in order.

    Plain parts keep their text; a part that had to be changed to fit (``^GSPC``, ``../../etc``, ``é``) gets
    eight hex digits of its SHA-256, so two different names never share a file. ASCII letters lose their case.
    """
    if not parts or not all(parts):
        raise InvalidInput(f"a report name needs at least one part and no empty one; received {parts!r}")
    pieces = []
    for part in parts:
        lowered = part.lower() if part.isascii() else part
        if _PLAIN.fullmatch(lowered) and len(lowered) <= _MAX_LENGTH:
            pieces.append(lowered)
            continue
        digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        readable = re.sub(r"[^a-z0-9]+", "-", lowered.lower()).strip("-")[:24]
        pieces.append(f"{readable}-{digest}" if readable else f"x{digest}")
    stem = "-".join(pieces)
    if len(stem) > 110:
        stem = f"{stem[:100].rstrip('-')}-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"
    return stem


def output_path(directory: Path | str, *parts: str) -> Path:
    """Return ``directory/<slug of parts>.html``; the file is always directly inside the directory."""
    return check_output(Path(directory) / f"{slug(*parts)}.html")


def check_output(path: Path | str) -> Path:
    """Return the path, made absolute, when its name is one of :func:`slug` and no folder of it is ``..``."""
    given = Path(path)
    if ".." in given.parts or "\0" in str(given) or given.name == _INDEX or not _NAME.fullmatch(given.name):
        raise InvalidInput(
            f"report output {str(given)[-80:]!r}: expected <directory>/<name>.html, the name of a-z, 0-9, "
            "- and _ and not 'index'; make it with reports.files.output_path(directory, kind, subject)"
        )
    return given.absolute()


def publish(path: Path, content: bytes, *, by_way_of: Path) -> None:
    """Write ``content`` into the folder ``by_way_of`` (same file system), flush it, rename it to ``path``."""
    draft = by_way_of / path.name
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    with contextlib.suppress(PermissionError):  # Windows cannot open a directory
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def workspace(directory: Path) -> Iterator[Path]:
    """A temporary folder inside ``directory``, locked while it is in use and removed afterwards.

    Folders whose owner died are swept first: the operating system gave their lock back.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _sweep(directory)
    folder = Path(tempfile.mkdtemp(dir=directory, prefix=_WORKSPACE))
    with (folder / "lock").open("w") as lock:
        _try_lock(lock.fileno())
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(directory: Path) -> None:
    for folder in directory.glob(f"{_WORKSPACE}*"):
        with contextlib.suppress(OSError), (folder / "lock").open() as lock:
            if _try_lock(lock.fileno()):
                shutil.rmtree(folder, ignore_errors=True)


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
