"""The models whose rows a table shows as a query set: once one is shown, who writes it announces it.

No declaration names such a model. So the version table remembers which have been shown, and each process asks
it now and then, when it saves something. What sends no signals is not heard: see ``signals.py``.
"""

from __future__ import annotations

import time
from typing import Any, Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from live.changes import changes
from live.topics import Topic
from live.tracking import note, versions_known
from live.versions import names_of

__all__ = ["LEASE", "follow", "forget_followed", "listen_to_models"]

LEASE = 5.0  # seconds for which a process trusts what it knows; 0: there is no other process
KIND: Final = "model"
# They write with every request, or with every one of the others' writes, and nobody shows them like this.
NEVER = frozenset({"sessions", "live", "collections_store", "axes", "contenttypes"})


class _Known:
    labels: frozenset[str] = frozenset()
    until = 0.0


def topic_of(model: Any) -> Topic:
    """What changes when a row of the model does, whoever's it is."""
    return Topic(KIND, model._meta.concrete_model._meta.label_lower, "app")


def follow(*models: Any) -> None:
    """Note that rows of these models are about to be read."""
    topics = {topic_of(model): model for model in models}
    versions = versions_known(str(topic) for topic in topics)
    _Known.labels |= {topic.name for topic in topics}
    for topic in topics:
        if versions[str(topic)] <= 0:  # nobody has ever shown it: the other processes have to hear of it
            with changes() as change:
                change.touch(topic)
    note(*topics)


def listen_to_models() -> None:
    """Hear of every row that is saved or deleted through the ORM."""
    uid = "collections_app.modelled.following"
    post_save.connect(_written, weak=False, dispatch_uid=uid)
    post_delete.connect(_written, weak=False, dispatch_uid=uid)
    m2m_changed.connect(_linked, weak=False, dispatch_uid=uid)


def forget_followed() -> None:
    """Ask again which models are shown."""
    _Known.labels, _Known.until = frozenset(), 0.0


def _written(sender: Any, using: str, **kwargs: Any) -> None:
    if using == DEFAULT_DB_ALIAS and _is_followed(sender):
        with changes() as change:
            change.touch(topic_of(sender))


def _linked(sender: Any, instance: Any, action: str, using: str, **kwargs: Any) -> None:
    if action in ("post_add", "post_remove", "post_clear"):
        _written(type(instance), using)
        if kwargs.get("model") is not None:
            _written(kwargs["model"], using)


def _is_followed(model: Any) -> bool:
    if model._meta.app_label in NEVER or model._meta.apps is not apps:  # of a migration
        return False
    if LEASE and time.monotonic() >= _Known.until:
        _learn()
    return model._meta.concrete_model._meta.label_lower in _Known.labels


def _learn() -> None:
    _Known.until = time.monotonic() + LEASE
    try:
        with transaction.atomic(savepoint=connection.in_atomic_block):
            found = names_of(KIND)
    except DatabaseError:  # before the first migrate there is no such table
        return
    _Known.labels |= {Topic.named(name).name for name in found}
