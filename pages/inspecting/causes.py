"""What changed last of all that a part has read: when, by whom, and from where.

What this process remembers is asked first (``live.causes``), then the histories, which know what any process
has written. Whoever may not read a collection is told nothing of who wrote in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.access import allows
from capsule.identity import Identity
from collections_app.declaring import collections
from collections_app.errors import NoHistory
from collections_app.history.entries import latest_in
from live.causes import cause_of
from live.topics import Topic
from live.versions import versions_of
from pages.inspecting.words import is_own
from settings_app.access import is_visible
from settings_app.declarations import settings_registry
from settings_app.models import SettingChange
from settings_app.whose import people_named

__all__ = ["Change", "last_change"]

PLACES: Final[Mapping[str, Promise]] = {
    "page": gettext_lazy("on a page"),
    "http": gettext_lazy("over HTTP"),
    "handler": gettext_lazy("in a data handler"),
    "action": gettext_lazy("in an action"),
    "admin": gettext_lazy("in the admin"),
    "message": gettext_lazy("in a conversation"),
    "command": gettext_lazy("in a command"),
    "task": gettext_lazy("in a script or a task"),
}


@dataclass(frozen=True)
class Change:
    """One change of one topic. ``who`` is a name, or what stands for nobody in particular."""

    name: str
    at: datetime
    who: str
    where: str


def last_change(names: Iterable[str], identity: Identity) -> Change | None:
    """The newest change of these topics that somebody remembers; ``None`` where nobody does."""
    versions = versions_of(names)
    found = (
        _change(Topic.named(name), version, identity) for name, version in versions.items() if version > 0
    )
    return max((one for one in found if one is not None), key=lambda one: one.at, default=None)


def _change(topic: Topic, version: int, identity: Identity) -> Change | None:
    if not _may_know(topic, identity):
        return None
    cause = cause_of(topic, version)
    if cause is not None:
        return Change(_called(topic), cause.at, _named(cause.user_id, cause.source), _where(cause.source))
    if topic.kind == "collection":
        return _of_collection(topic)
    return _of_setting(topic) if topic.kind == "setting" else None


def _may_know(topic: Topic, identity: Identity) -> bool:
    """Whether it is the identity's own share of something that they may see."""
    if topic.kind == "model":
        return True
    if topic.scope_key and not is_own(topic.scope_key, identity):
        return False
    if topic.kind == "collection":
        return topic.name in collections and allows(collections.get(topic.name).declaration.access, identity)
    if topic.kind == "setting":
        return topic.name in settings_registry and is_visible(settings_registry.get(topic.name), identity)
    return topic.kind == "conversation"


def _of_collection(topic: Topic) -> Change | None:
    try:
        entry = latest_in(collections.get(topic.name))
    except NoHistory:
        return None
    if entry is None or entry.scope_key != topic.scope_key:
        return None
    return Change(_called(topic), entry.at, entry.who, _where(entry.source))


def _of_setting(topic: Topic) -> Change | None:
    found = SettingChange.objects.filter(scope_key=topic.scope_key, name=topic.name).first()
    if found is None:
        return None
    who = _named(found.changed_by, found.source)
    return Change(_called(topic), found.changed_at, who, _where(found.source))


def _called(topic: Topic) -> str:
    return {"conversation": _("the conversation"), "model": topic.name}.get(topic.kind, topic.name)


def _where(source: str) -> str:
    return str(PLACES.get(source, source))


def _named(user_id: str | None, source: str) -> str:
    if not user_id:
        return _("the system") if source in ("command", "task") else _("a visitor")
    return people_named([user_id]).get(user_id) or _("somebody who is gone")
