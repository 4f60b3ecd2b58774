"""The tables that migrations make; those of the collections follow their declarations (``storage``)."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collections_app.storage.documents import JSONDocumentField
from collections_app.storage.managers import ScopedManager

__all__ = ["DocumentRead", "HistoryEntry", "ScopeColumns", "StoredFile"]


class HistoryEntry(models.Model):
    """One change of one document: who, when, from where, and what it was before. Only ever added to.

    ``before`` holds the old values of the outermost keys that changed, of a deletion the whole document.
    ``after`` holds the new ones; where they are too large to be kept twice, the list of their keys alone.
    """

    collection = models.CharField(max_length=63)
    scope_key = models.CharField(max_length=80)
    document = models.UUIDField()
    version = models.PositiveIntegerField()  # that the change made; of a deletion the last
    action = models.CharField(max_length=16)
    at = models.DateTimeField()
    source = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=254)
    group_id = models.UUIDField(null=True)  # the same for all that one bulk write changed
    made_at = models.DateTimeField(null=True)  # of a deletion: when the document was made
    row_number = models.BigIntegerField(null=True)  # of a deletion: the row's own, which is its place
    before = JSONDocumentField(null=True)
    after = JSONDocumentField(null=True)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        db_table = "capsule_history"
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            # An id is one document's in all scopes: this finds a few rows, also across them for the admin.
            models.Index(fields=["document", "id"], name="capsule_history_document"),
            models.Index(
                fields=["collection", "scope_key", "id"],
                condition=models.Q(action="delete"),
                name="capsule_history_deleted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.document} {self.version}"


class Kept(models.QuerySet["DocumentRead"]):
    """Rows that are added, and neither changed nor deleted, but by ``manage.py prune_history``."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("A reading is never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("A reading is never deleted.")

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("A reading is never changed.")

    def forget(self) -> int:
        """Delete what is older than it has to be remembered: for the pruning alone. Says how many."""
        return super().delete()[0]


class DocumentRead(models.Model):
    """Somebody has read a document in the admin that is another's. Only added to, until it is forgotten."""

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor_id = models.CharField(max_length=80)
    actor_name = models.CharField(_("who"), max_length=254)  # as they were called then
    address = models.GenericIPAddressField(_("from"), null=True)
    page = models.CharField(_("page"), max_length=200)
    collection = models.CharField(_("collection"), max_length=63)
    scope_key = models.CharField(max_length=80)
    document = models.UUIDField(_("document"))

    objects = Kept.as_manager()

    class Meta:
        db_table = "capsule_reads"
        default_permissions = ()
        verbose_name = _("reading of another's document")
        verbose_name_plural = _("readings of others' documents")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["document", "id"], name="capsule_reads_document")
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.collection} {self.document}"

    def save(self, *args: Any, **options: Any) -> None:
        """Add it. Raises ``TypeError`` for one that is there."""
        if not self._state.adding:
            raise TypeError("A reading is never changed.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        """Raises ``TypeError``."""
        raise TypeError("A reading is never deleted.")


class ScopeColumns(models.Model):
    """What one scope has changed of a collection's columns: see ``changing``."""

    collection = models.CharField(max_length=63)
    scope_key = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=0)  # how often they have changed
    state = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        db_table = "capsule_columns"
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scope_key", "collection"], name="capsule_columns_once")
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.scope_key} {self.version}"


class StoredFile(models.Model):
    """A file that was received. Its row is what a document's value is believed by: see ``files``.

    Until a document names it, it is pending, and its scope says whose it is; then that of the document.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)  # by chance: nobody guesses one
    collection = models.CharField(max_length=63)
    scope_key = models.CharField(max_length=100)
    place = models.CharField(max_length=64, unique=True)  # in the storage; no word of it is anybody's
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    type = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)  # SHA-256
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    doubted_at = models.DateTimeField(null=True)  # when pruning began to look for a document that names it

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        db_table = "capsule_files"
        base_manager_name = "objects"
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["scope_key", "collection"], name="capsule_files_scope")
        ]

    def __str__(self) -> str:
        return self.name
