"""Logging in, with as many tries as the interface allows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from django_site.trading.api.tokens import LoginThrottle
from django_site.trading.pages.policy import with_policy

__all__ = ["Login", "Logout"]


@method_decorator(with_policy, name="dispatch")
class Login(LoginView):
    template_name = "trading/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        throttle = LoginThrottle()
        if throttle.allow_request(request, self):  # type: ignore[arg-type]
            return super().post(request, *args, **kwargs)
        seconds = int(throttle.wait() or 60) + 1
        empty = self.get_form_class()(request)
        answer = self.render_to_response(self.get_context_data(form=empty, wait=seconds), status=429)
        answer.headers["Retry-After"] = str(seconds)
        return answer


@method_decorator(with_policy, name="dispatch")
class Logout(LogoutView):
    """POST only; also ends the token, so that logging out means out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from rest_framework.authtoken.models import Token

        if request.user.is_authenticated:
            Token.objects.filter(user=request.user.pk).delete()
        return super().post(request, *args, **kwargs)
