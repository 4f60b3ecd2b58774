from __future__ import annotations

from django.db import models


class BareDocument(models.Model):
    """The least that can hold a document."""

    data = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)


class Package(models.Model):
    """A package of a Linux distribution, as a hand-written model with native columns.

    It has an index on each column on which the demo's collection has one.
    """

    name = models.CharField(max_length=255, db_index=True)
    summary = models.TextField(blank=True)
    version = models.CharField(max_length=255)
    section = models.CharField(max_length=255, db_index=True)
    priority = models.CharField(max_length=255, db_index=True)
    architecture = models.CharField(max_length=255, db_index=True)
    maintainer = models.CharField(max_length=255, db_index=True)
    maintainer_email = models.EmailField(db_index=True)
    homepage = models.URLField(blank=True, max_length=500)
    download_size = models.BigIntegerField(db_index=True)
    installed_size = models.BigIntegerField(null=True, db_index=True)
    tags = models.JSONField(default=list)
    essential = models.BooleanField(default=False, db_index=True)
    depends_count = models.IntegerField(default=0, db_index=True)

    def __str__(self) -> str:
        return self.name


class FilteredPackage(Package):
    """The same rows, for a changelist that also offers filters."""

    class Meta:
        proxy = True
