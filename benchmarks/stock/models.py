from __future__ import annotations

from django.db import models


class Switch(models.Model):
    """A setting of a person, as one writes it by hand."""

    name = models.CharField(max_length=100)
    person = models.BigIntegerField()
    value = models.BooleanField(default=False)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "person"], name="one_for_each_person")]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """A row of a table."""

    title = models.CharField(max_length=200)
    section = models.CharField(max_length=100, db_index=True)
    size = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.title
