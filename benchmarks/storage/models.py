"""The reference: the same records as models written by hand, with native columns and the same indexes.

Their tags are JSON without an index, for no question is put to them.
"""

from __future__ import annotations

from typing import ClassVar

import uuid6
from django.db import models
from django.utils import timezone

__all__ = ["OwnedTicket", "Package", "SmallTicket", "Ticket", "TicketChange"]


def scoped_indexes(prefix: str, *names: str) -> list[models.Index]:
    """An index on the scope alone, and one on each field within it."""
    return [
        models.Index(fields=["scope", "id"], name=f"{prefix}_scope"),
        *(models.Index(fields=["scope", name, "id"], name=f"{prefix}_{name}") for name in names),
    ]


def ticket_indexes(prefix: str) -> list[models.Index]:
    return scoped_indexes(prefix, "subject", "status", "priority", "amount", "email", "created")


class Scoped(models.Model):
    """An id that may leave the server, and whose the record is."""

    public_id = models.UUIDField(unique=True, default=uuid6.uuid7, editable=False)
    scope = models.CharField(max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.public_id)


class TicketFields(Scoped):
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=20)
    priority = models.IntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    email = models.EmailField()
    created = models.DateTimeField()
    tags = models.JSONField(default=list)
    note = models.TextField(blank=True)

    class Meta:
        abstract = True


class Ticket(TicketFields):
    class Meta:
        indexes = ticket_indexes("ticket")


class TicketChange(models.Model):
    """What somebody writes down of each change who wants no more than that."""

    scope = models.CharField(max_length=80)
    ticket = models.UUIDField()
    action = models.CharField(max_length=16)
    at = models.DateTimeField(default=timezone.now)
    user = models.CharField(max_length=80, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["scope", "ticket", "id"], name="ticket_changes")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.ticket}"


class OwnedTicket(TicketFields):
    class Meta:
        indexes = ticket_indexes("owned")


class SmallTicket(TicketFields):
    class Meta:
        indexes = ticket_indexes("small")


class Package(Scoped):
    name = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    version = models.CharField(max_length=255)
    section = models.CharField(max_length=255)
    priority = models.CharField(max_length=255)
    architecture = models.CharField(max_length=255)
    maintainer = models.CharField(max_length=255)
    maintainer_email = models.CharField(max_length=255)
    homepage = models.CharField(max_length=500, blank=True)
    download_size = models.BigIntegerField()
    installed_size = models.BigIntegerField(null=True)
    tags = models.JSONField(default=list)
    essential = models.BooleanField(default=False)
    depends_count = models.IntegerField()

    class Meta:
        indexes = (
            *scoped_indexes(
                "package", "name", "section", "maintainer", "installed_size", "depends_count", "essential"
            ),
            models.Index(fields=["scope", "section", "depends_count", "id"], name="package_section_depends"),
        )
