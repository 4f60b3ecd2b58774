"""django-tables2 as an installed app, loaded without psycopg where no database is PostgreSQL.

Its column for JSON looks for PostgreSQL's fields, which load the whole of psycopg: a tenth of the start and
6 MB, for nothing on SQLite. So there it finds none, as on a machine without psycopg, which it provides for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models import JSONField

__all__ = ["TablesConfig"]


@contextmanager
def _without_psycopg() -> Iterator[None]:
    """While it lasts, importing psycopg fails, unless it is there already or a database needs it."""
    engines = [database["ENGINE"] for database in settings.DATABASES.values()]
    if "psycopg" in sys.modules or any(engine.endswith(("postgresql", "postgis")) for engine in engines):
        yield
        return
    sys.modules["psycopg"] = None  # type: ignore[assignment] # the import system's own way to say so
    try:
        yield
    finally:
        del sys.modules["psycopg"]


with _without_psycopg():
    from django_tables2 import JSONColumn
    from django_tables2.columns import library


@library.register
class PlainJSONColumn(JSONColumn):  # type: ignore[misc]
    """What django-tables2 shows a ``JSONField`` in; without psycopg it would no longer choose it itself."""

    @classmethod
    def from_field(cls, field: Any, **kwargs: Any) -> JSONColumn | None:
        return JSONColumn(**kwargs) if isinstance(field, JSONField) else None


class TablesConfig(AppConfig):
    name = "django_tables2"
