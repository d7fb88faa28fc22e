"""What our pages may load: their own style sheet and script, nothing inline, nothing from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

__all__ = ["PAGE_POLICY", "page", "with_policy"]

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

View = Callable[..., HttpResponseBase]


def with_policy(view: View) -> View:
    """Send the policy of our pages with every answer of the view."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        return response

    return guarded


def page(view: View) -> View:
    """A page for people who are logged in."""
    return with_policy(login_required(view))
