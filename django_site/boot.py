"""One idempotent way to get a configured Django in any process."""

from __future__ import annotations

import os

__all__ = ["SETTINGS_MODULE", "allow_async_unsafe", "setup"]

SETTINGS_MODULE = "django_site.settings"


def setup() -> None:
    """Name the settings unless the environment already does, and load the models once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def allow_async_unsafe() -> None:
    """Let synchronous ORM calls run in the cells of a single-user kernel; never call this in a server or a worker."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
