from __future__ import annotations

from django.contrib import admin

from benchmarks.reference.models import FilteredPackage, Package


@admin.register(Package)
class PackageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The changelist as a developer would have it: the same columns, 25 rows a page."""

    list_display = [
        "name", "summary", "version", "section", "priority", "architecture", "maintainer", "maintainer_email",
        "homepage", "download_size", "installed_size", "tags", "essential", "depends_count",
    ]  # fmt: skip
    list_per_page = 25


@admin.register(FilteredPackage)
class FilteredPackageAdmin(PackageAdmin):
    """With a filter for what is asked for, and for the two columns for which our table has a choice."""

    list_filter = ["section", "priority", "essential"]
