from __future__ import annotations

from django.db import models


class Notes(models.Model):
    """What a conversation keeps, as one writes it by hand."""

    data = models.JSONField(default=dict)

    objects: models.Manager[Notes] = models.Manager()

    def __str__(self) -> str:
        return f"Notes {self.pk}"
