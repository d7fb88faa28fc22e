"""How our own fields and errors appear in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from rest_framework import serializers

from django_site.trading.api.parameters import parameters_schema

__all__ = ["ErrorBody", "ParametersFieldSchema"]


class ErrorBody(serializers.Serializer[Any]):
    """Every refusal looks like this."""

    error = serializers.CharField(help_text="Class of the error, for example InvalidParameters.")
    message = serializers.CharField(help_text="What was expected, what was received, what to do.")
    details = serializers.DictField()


class ParametersFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "django_site.trading.api.parameters.ParametersField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return parameters_schema(force_instance(self.target).kind)
