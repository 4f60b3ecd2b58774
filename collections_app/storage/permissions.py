"""Django's four permissions for each collection, under the label of the app that declares it."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from collections_app.declaring import collections

__all__ = ["create_permissions"]

ACTIONS = ("view", "add", "change", "delete")


def create_permissions(using: str = "default") -> None:
    """Make what is missing: ``desk.view_threads`` and its three companions. Nothing is removed."""
    existing = set(
        Permission.objects.using(using).values_list(
            "content_type__app_label", "content_type__model", "codename"
        )
    )
    missing: list[Permission] = []
    for handle in collections:
        declaration = handle.declaration
        wanted = [(action, f"{action}_{declaration.name}") for action in ACTIONS]
        wanted = [
            (action, codename)
            for action, codename in wanted
            if (declaration.app_label, declaration.name, codename) not in existing
        ]
        if not wanted:
            continue
        # A content type without a model: permissions hang on one, and the model has another label.
        content_type, _made = ContentType.objects.using(using).get_or_create(
            app_label=declaration.app_label, model=declaration.name
        )
        missing += [
            Permission(content_type=content_type, codename=codename, name=f"Can {action} {declaration.title}")
            for action, codename in wanted
        ]
    Permission.objects.using(using).bulk_create(missing, ignore_conflicts=True)
