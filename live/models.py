"""The version table: the truth about what changed, one row a topic."""

from __future__ import annotations

from django.db import models

__all__ = ["TopicVersion"]


class TopicVersion(models.Model):
    """How often a topic has changed. It only ever grows."""

    topic = models.CharField(max_length=255, primary_key=True)
    version = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.topic} = {self.version}"
