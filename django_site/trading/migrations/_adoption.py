"""Creating a table that the bar store may have made before Django came."""

from __future__ import annotations

from typing import Any

from django.db import migrations

__all__ = ["AdoptOrCreateModel"]


class AdoptOrCreateModel(migrations.CreateModel):
    """``titan_research.store`` gives its two tables the same shape; if it was first, they are kept with their bars."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            there = table in connection.introspection.table_names(cursor)
        if not there:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
