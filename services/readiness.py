"""Make the embedded database ready at first use; say what to do where that is not ours to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from titan_research.errors import NotConfigured, StoreUnavailable

__all__ = ["ensure_database", "pending_migrations"]

_PATIENCE = 120.0


def pending_migrations() -> list[str]:
    """Migrations that are not applied, as ``alias: app.name``."""
    pending: list[str] = []
    for alias in connections:
        try:
            executor = MigrationExecutor(connections[alias])
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            raise StoreUnavailable(f"the database {alias!r} cannot be reached: {error}") from error
        pending.extend(f"{alias}: {migration.app_label}.{migration.name}" for migration, _ in plan)
    return pending


def ensure_database(*, migrate: bool | None = None) -> list[str]:
    """Apply pending migrations: always when asked to, by itself only to SQLite files; returns what was applied.

    Raises
    ------
    NotConfigured
        A server database needs migrating; that is its owner's decision.
    """
    pending = pending_migrations()
    if not pending:
        return []
    embedded = all(connections[alias].vendor == "sqlite" for alias in connections)
    if not (embedded if migrate is None else migrate):
        raise NotConfigured(f"the database needs {len(pending)} migrations; run `titan init` ({pending[0]} ...)")
    with _alone():
        pending = pending_migrations()
        for alias in connections:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
    return pending


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process of this home migrate at a time: two kernels may start at once, and Django does not expect it."""
    with closing(sqlite3.connect(settings.TITAN["HOME"] / "migrate.lock", timeout=_PATIENCE)) as lock:
        lock.isolation_level = None
        lock.execute("BEGIN EXCLUSIVE")
        yield
