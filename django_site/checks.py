"""System checks of our own: what must not happen in a process that serves people."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from django_site.env import async_unsafe_is_allowed, is_kernel

__all__ = ["ADVICE", "check_async_guard", "check_production", "check_sqlite_version", "refuse_async_unsafe"]

OLDEST_SQLITE = (3, 35, 0)
ADVICE = (
    "DJANGO_ALLOW_ASYNC_UNSAFE is set. Expected: unset in everything but a single-user notebook kernel, "
    "because it lets concurrent requests lose rows; unset it and start again."
)


def refuse_async_unsafe() -> None:
    """Stop a web server or a worker that runs without Django's guard against ORM calls in an event loop."""
    if async_unsafe_is_allowed():
        raise ImproperlyConfigured(ADVICE)


@register(Tags.async_support)
def check_async_guard(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    if async_unsafe_is_allowed() and not is_kernel():
        return [Error(ADVICE, id="titan.E001")]
    return []


@register(Tags.security)
def check_production(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    if not settings.TITAN["PRODUCTION"]:
        return []
    found: list[CheckMessage] = []
    if settings.TITAN["SECRET_IS_LOCAL"]:
        found.append(
            Error("The secret key is the generated local one.", hint="Set DJANGO_SECRET_KEY.", id="titan.E002")
        )
    if settings.DEBUG:
        found.append(Error("DEBUG shows source and settings to visitors.", hint="Unset DJANGO_DEBUG.", id="titan.E003"))
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        found.append(Error("Any host name is answered.", hint="Set DJANGO_ALLOWED_HOSTS.", id="titan.E004"))
    return found


@register(Tags.database)
def check_sqlite_version(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    uses_sqlite = any("sqlite3" in database["ENGINE"] for database in settings.DATABASES.values())
    if uses_sqlite and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return [
            Warning(
                f"SQLite {sqlite3.sqlite_version} is older than {'.'.join(map(str, OLDEST_SQLITE))}.",
                hint="Upserts that return rows need a newer one; use PostgreSQL or a newer Python build.",
                id="titan.W001",
            )
        ]
    return []
