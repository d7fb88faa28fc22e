"""The WSGI application; refuses to start without Django's guard against ORM calls in an event loop."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from django_site.boot import setup
from django_site.checks import refuse_async_unsafe

__all__ = ["application"]

setup()
refuse_async_unsafe()
application = get_wsgi_application()
