"""The tables that migrations make; those of the collections follow their declarations (``storage``)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from collections_app.storage.documents import JSONDocumentField
from collections_app.storage.managers import ScopedManager

__all__ = ["HistoryEntry", "IdempotentRequest"]


class IdempotentRequest(models.Model):
    """An answered request that its sender may repeat: written together with what it did."""

    who = models.CharField(max_length=32)  # a digest of the identity
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=32)  # a digest of address and body
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["who", "key"], name="collections_idempotent_once")
        ]

    def __str__(self) -> str:
        return self.key


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
