"""Tokens: POST name and password for one, DELETE revokes it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from django_site.trading.api.fields import StrictFields
from django_site.trading.api.parsing import BoundedJSONParser
from django_site.trading.api.schema import ErrorBody

__all__ = ["LoginThrottle", "TokenView"]


class LoginThrottle(SimpleRateThrottle):
    """Tries to log in, by address; the page and the interface count together."""

    scope = "login"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_login_{self.get_ident(request)}"


class Credentials(StrictFields):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4_096, trim_whitespace=False, write_only=True)


class IssuedToken(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it as ``Authorization: Token ...``.")


class TokenView(APIView):
    """Exchange name and password for a token, or revoke one's token."""

    parser_classes = (BoundedJSONParser,)

    def get_authenticators(self) -> list[Any]:
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [LoginThrottle()] if self.request.method == "POST" else super().get_throttles()

    @extend_schema(
        request=Credentials,
        responses={200: IssuedToken, 400: ErrorBody, 401: ErrorBody, 429: ErrorBody},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        form = Credentials(data=request.data)
        form.is_valid(raise_exception=True)
        user = authenticate(request, **form.validated_data)
        if user is None:
            raise AuthenticationFailed("name and password do not belong together")
        token, _ = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        Token.objects.filter(user=request.user.pk).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
