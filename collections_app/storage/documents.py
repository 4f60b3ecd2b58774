"""The table behind every collection: one row a document, its scope in a column of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import orjson
import uuid6
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from capsule.json_values import dumps, dumps_for_jsonb
from collections_app.storage.managers import ScopedManager
from collections_app.storage.search_indexes import SearchIndex
from collections_app.storage.tag_indexes import TagIndex
from collections_app.storage.unique_indexes import UniqueKey

__all__ = ["Document", "JSONDocumentField", "new_id"]


class JSONDocumentField(models.JSONField):
    """A document. Already clean when it arrives, so it is only written and read, as fast as can be."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return orjson.loads(value) if isinstance(value, (str, bytes)) else value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if not isinstance(value, dict):
            return super().get_db_prep_value(value, connection, prepared)
        if connection.vendor == "postgresql":
            # Whoever is on SQLite need not load psycopg.
            from psycopg.types.json import Jsonb  # noqa: PLC0415

            return Jsonb(value, dumps=dumps_for_jsonb)
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

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_permissions = ()

    tag_indexes: ClassVar[tuple[TagIndex, ...]] = ()  # which Django's own indexes cannot say on SQLite
    search_index: ClassVar[SearchIndex | None] = None
    unique_keys: ClassVar[tuple[UniqueKey, ...]] = ()
    title_key: ClassVar[str | None] = None  # the first declared column: what a person calls the record

    def __str__(self) -> str:
        title = self.data.get(self.title_key) if self.title_key else None
        return str(title)[:80] if title else str(self.public_id)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Django's, with what is searched wherever the document is saved."""
        if self.search_index is not None:
            searched = self.search_index.column
            self.__dict__.setdefault(searched, None)  # else Django takes it for one that was not loaded
            if update_fields is not None and "data" in update_fields:
                update_fields = {*update_fields, searched}
        super().save(*args, update_fields=update_fields, **options)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete this row, if it is of the scope in force. Django's own would ask for its number alone."""
        deleted: tuple[int, dict[str, int]] = (
            type(self)._base_manager.using(using).filter(pk=self.pk).delete()
        )
        return deleted
