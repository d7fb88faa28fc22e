"""The Content-Security-Policy of a one-file page: its own scripts by hash, and nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

__all__ = ["PAGE_FOLDER", "asset", "content_policy"]

PAGE_FOLDER = Path(__file__).parent / "page"


@cache
def asset(name: str) -> str:
    """A style sheet or script of the page folder."""
    return (PAGE_FOLDER / name).read_text(encoding="utf-8")


def content_policy(*scripts: str) -> str:
    """Return the policy under which exactly the given script texts may run and nothing may be fetched."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"script-src {hashes}; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
