"""The version table, the truth about what changed; and which requests were answered already."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

__all__ = ["IdempotentRequest", "TopicVersion"]


class TopicVersion(models.Model):
    """How often a topic has changed. It only ever grows."""

    topic = models.CharField(max_length=255, primary_key=True)
    version = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.topic} = {self.version}"


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
        db_table = "collections_app_idempotentrequest"  # of the app that had it first
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["who", "key"], name="collections_idempotent_once")
        ]

    def __str__(self) -> str:
        return self.key
