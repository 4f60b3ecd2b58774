"""Whoever writes a model announces it: through the handle, the ORM or the admin, by Django's own signals.

``bulk_create``, ``QuerySet.update`` and SQL send none; what they write is seen at the next reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.modelled import scoping
from collections_app.modelled.problems import model_problems
from live.changes import changes
from live.topics import Topic

__all__ = ["watch", "watch_models"]

WAS = "_capsule_scopes_before"  # on an instance that is being saved: whose it was


def watch_models() -> None:
    """Watch the model of each collection that has one; the checks report those that cannot be."""
    for handle in collections:
        declaration = handle.declaration
        if declaration.model is not None and not list(model_problems(declaration)):
            watch(handle)


def watch(handle: Collection) -> None:
    """Announce the collection's scope whenever a row of its model, or on the way to its owner, changes."""
    declaration = handle.declaration
    model, path = declaration.model, declaration.scope_field
    steps = [(model, path)] if declaration.scope == "app" else list(scoping.steps_of(model, path))
    for sender, rest in steps:
        watcher = _Watcher(declaration.name, declaration.scope, rest)
        uid = f"collections_app.modelled:{declaration.name}:{sender._meta.label}:{rest}"
        for signal, receiver in (
            (pre_save, watcher.before),
            (post_save, watcher.saved),
            (post_delete, watcher.deleted),
        ):
            signal.connect(receiver, sender=sender, weak=False, dispatch_uid=uid)
    own = _Watcher(declaration.name, declaration.scope, path)
    for field in model._meta.many_to_many:
        uid = f"collections_app.modelled:{declaration.name}:{field.name}"
        linked = partial(own.linked, field)
        m2m_changed.connect(linked, sender=field.remote_field.through, weak=False, dispatch_uid=uid)


class _Watcher:
    """Announces one collection for what happens to the rows of one model on the way."""

    def __init__(self, name: str, scope: str, path: str) -> None:
        self.name = name
        self.scope = scope
        self.path = path

    def before(self, instance: Any, using: str, **kwargs: Any) -> None:
        if using == DEFAULT_DB_ALIAS and not instance._state.adding and self.scope != "app":
            was: dict[str, set[str]] = instance.__dict__.setdefault(WAS, {})
            was[self.name] = self._stored(type(instance), [instance.pk])

    def saved(self, instance: Any, using: str, **kwargs: Any) -> None:
        if using == DEFAULT_DB_ALIAS:
            was = instance.__dict__.get(WAS, {}).pop(self.name, set())
            self._announce(was | self._now(instance))

    def deleted(self, instance: Any, using: str, **kwargs: Any) -> None:
        if using == DEFAULT_DB_ALIAS:
            self._announce(self._now(instance))

    def linked(
        self, field: Any, instance: Any, action: str, reverse: bool, pk_set: Any, using: str, **kwargs: Any
    ) -> None:
        if using != DEFAULT_DB_ALIAS or action not in ("post_add", "post_remove", "post_clear", "pre_clear"):
            return
        if not reverse:
            self._announce(self._now(instance))
        elif pk_set is not None:
            self._announce(self._stored(field.model, pk_set))
        elif action == "pre_clear":  # afterwards nothing says which rows they were
            rows = field.model._base_manager.filter(**{field.name: instance.pk})
            self._announce(self._stored(field.model, list(rows.values_list("pk", flat=True))))

    def _now(self, instance: Any) -> set[str]:
        """Whose a row is by its own foreign key: asked of the row that it leads to, which is still there."""
        if self.scope == "app":
            return {"app"}
        first, _dunder, rest = self.path.partition("__")
        field = instance._meta.get_field(first)
        id = getattr(instance, field.attname)
        if not rest:
            return self._keys([id])
        return self._stored(field.related_model, [] if id is None else [id], rest)

    def _stored(self, model: Any, keys: Iterable[Any], path: str = "") -> set[str]:
        if self.scope == "app":
            return {"app"}
        rows = model._base_manager.filter(pk__in=list(keys))
        return self._keys(rows.values_list(path or self.path, flat=True).distinct())

    def _keys(self, ids: Iterable[Any]) -> set[str]:
        return {key for id in ids if (key := scoping.key_of(self.scope, id)) is not None}

    def _announce(self, keys: set[str]) -> None:
        if keys:
            with changes() as change:
                for key in keys:
                    change.touch(Topic("collection", self.name, key))
