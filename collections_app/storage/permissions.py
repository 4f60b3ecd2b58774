"""Django's four permissions for each collection, under the label of the app that declares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import QuerySet

from collections_app.declarations import Declaration
from collections_app.declaring import document_collections
from collections_app.problems import problems_of
from collections_app.storage.naming import table_name
from collections_app.storage.tables import tables_of

__all__ = [
    "ACTIONS",
    "codenames_of",
    "create_permissions",
    "is_of_a_collection",
    "remove_permissions",
    "stale_permissions",
]

ACTIONS: Final = ("view", "add", "change", "delete")
LONGEST_NAME: Final = 255  # characters of a permission in words


def codenames_of(app_label: str) -> Iterator[str]:
    """The permissions of the collections that an app declares: ``view_threads`` and its companions."""
    for handle in document_collections():
        if handle.declaration.app_label == app_label:
            yield from (f"{action}_{handle.name}" for action in ACTIONS)


def create_permissions(using: str = "default") -> None:
    """Make what is missing: ``desk.view_threads`` and its three companions. Nothing is removed.

    Those of a collection that was renamed take its new name, so that whoever had them keeps them.
    """
    declared = [
        handle.declaration for handle in document_collections() if not problems_of(handle.declaration)
    ]
    for declaration in declared:
        if declaration.renamed_from:
            _follow(declaration, using)
    existing = set(
        Permission.objects.using(using).values_list(
            "content_type__app_label", "content_type__model", "codename"
        )
    )
    missing: list[Permission] = []
    for declaration in declared:
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
            Permission(content_type=content_type, codename=codename, name=_in_words(action, declaration))
            for action, codename in wanted
        ]
    Permission.objects.using(using).bulk_create(missing, ignore_conflicts=True)


def _in_words(action: str, declaration: Declaration) -> str:
    return f"Can {action} {declaration.title}"[:LONGEST_NAME]


def _follow(declaration: Declaration, using: str) -> None:
    """Give the permissions of the old name the new one, where that has none yet."""
    old = declaration.renamed_from
    if (declaration.app_label, old) in _declared():
        return
    types = ContentType.objects.using(using).filter(app_label=declaration.app_label)
    found = list(types.filter(model__in=[old, declaration.name]))
    if [one.model for one in found] != [old] or found[0].model_class() is not None:
        return
    for permission in Permission.objects.using(using).filter(content_type=found[0]):
        action = permission.codename.removesuffix(f"_{old}")
        if action in ACTIONS:
            permission.codename = f"{action}_{declaration.name}"
            permission.name = _in_words(action, declaration)
            permission.save(using=using)
    found[0].model = declaration.name
    found[0].save(using=using)


def _declared() -> set[tuple[str, str]]:
    return {(handle.declaration.app_label, handle.name) for handle in document_collections()}


def is_of_a_collection(content_type: ContentType, using: str = "default") -> bool:
    """Whether permissions of a collection hang on it, which may be declared no more."""
    return (content_type.app_label, content_type.model) in _declared() or content_type in _stale_types(using)


def stale_permissions(using: str = "default") -> list[str]:
    """Those of collections that are declared no more: whoever has them keeps them until a prune."""
    stale = _stale(using).values_list("content_type__app_label", "codename")
    return sorted(f"{app_label}.{codename}" for app_label, codename in stale)


def remove_permissions(using: str = "default") -> list[str]:
    """Remove those of ``stale_permissions``, from whoever has them too; returns their names."""
    names = stale_permissions(using)
    _stale(using).delete()
    return names


def _stale(using: str) -> QuerySet[Permission]:
    types = _stale_types(using)
    codenames = [f"{action}_{one.model}" for one in types for action in ACTIONS]
    return Permission.objects.using(using).filter(content_type__in=types, codename__in=codenames)


def _stale_types(using: str) -> list[ContentType]:
    """Content types without a model, of the name of a table of ours or of what one was renamed from."""
    prefix = table_name("")
    names = {table.removeprefix(prefix) for table in tables_of(connections[using])}
    names |= {handle.declaration.renamed_from or "" for handle in document_collections()}
    types = ContentType.objects.using(using).filter(model__in=names)
    declared = _declared()
    return [one for one in types if (one.app_label, one.model) not in declared and one.model_class() is None]
