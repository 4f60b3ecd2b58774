"""The table behind every collection: one row a document, its scope in a column of its own."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import orjson
import uuid6
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from psycopg.types.json import Jsonb

from capsule.json_values import dumps
from collections_app.errors import UnscopedAccess
from collections_app.storage.guarding import is_open

__all__ = ["Document", "GuardedManager", "JSONDocumentField", "new_id"]


class GuardedManager(models.Manager[Any]):
    """Refuses to work outside a handle: a forgotten scope is an error, never everybody's rows."""

    def get_queryset(self) -> models.QuerySet[Any]:
        if not is_open():
            raise UnscopedAccess(self.model._meta.model_name or "")
        return super().get_queryset()


class JSONDocumentField(models.JSONField):
    """A document. Already clean when it arrives, so it is only written and read, as fast as can be."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return orjson.loads(value) if isinstance(value, (str, bytes)) else value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if not isinstance(value, dict):
            return super().get_db_prep_value(value, connection, prepared)
        if connection.vendor == "postgresql":
            return Jsonb(value, dumps=dumps)
        return dumps(value).decode()


def new_id() -> UUID:
    """A UUIDv7: ids made later sort later, so they are kind to an index."""
    return uuid6.uuid7()


class Document(models.Model):
    """What the table of every collection has. The scope is a column that no document can name."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    scope_key = models.CharField(max_length=80, editable=False)
    data = JSONDocumentField(default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[GuardedManager] = GuardedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_permissions = ()

    title_key: ClassVar[str | None] = None  # the first declared column: what a person calls the record

    def __str__(self) -> str:
        title = self.data.get(self.title_key) if self.title_key else None
        return str(title)[:80] if title else str(self.public_id)
