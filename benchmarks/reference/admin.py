from __future__ import annotations

from django.contrib import admin

from benchmarks.reference.models import Package


@admin.register(Package)
class PackageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The changelist as a developer would have it: the same columns, 25 rows a page."""

    list_display = [
        "name", "summary", "version", "section", "priority", "architecture", "maintainer", "maintainer_email",
        "homepage", "download_size", "installed_size", "tags", "essential", "depends_count",
    ]  # fmt: skip
    list_per_page = 25
