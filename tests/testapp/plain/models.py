"""An app as any Django developer has it: this file, the forms, the addresses and the templates know nothing
of the project. What makes it a live dashboard stands in ``declarations.py``, above its views, and as tags.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models import Organization


class Ticket(models.Model):
    """What somebody asks a company to do."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=[("open", "Open"), ("done", "Done")], default="open")
    hours = models.IntegerField(default=1)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["organization", name]) for name in ("subject", "status", "hours")]

    def __str__(self) -> str:
        return self.subject
