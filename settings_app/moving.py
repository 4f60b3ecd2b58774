"""Personal values of owner scope, which their person may bring along into a new organisation."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import ngettext

from accounts.founding import Movable, movables
from live.changes import changes
from settings_app.declarations import settings_registry
from settings_app.models import SettingValue
from settings_app.values import forget, move_topics

__all__ = ["count", "move", "register_movable"]


def register_movable() -> None:
    """Offer the settings at the founding of an organisation."""
    movables.add("settings", Movable(label_for_count=_label, count=count, move=move))


def count(scope_key: str) -> int:
    """How many owner-scope values stand under the key."""
    return _owned(scope_key).count()


def move(from_key: str, to_key: str) -> int:
    """Move them to another owner; returns how many. A value that the other has already set stays."""
    with changes() as change:
        taken = SettingValue.objects.filter(scope_key=to_key).values("name")
        names = list(_owned(from_key).exclude(name__in=taken).values_list("name", flat=True))
        moved = SettingValue.objects.filter(scope_key=from_key, name__in=names).update(scope_key=to_key)
        for name in names:
            move_topics(change, name, from_key)
            move_topics(change, name, to_key)
    forget(from_key)
    forget(to_key)
    return moved


def _owned(scope_key: str) -> QuerySet[SettingValue]:
    # A person's own values share the key "user:<id>" with their owner-scope ones; the declaration tells.
    owned = [setting.name for setting in settings_registry if setting.scope == "owner"]
    return SettingValue.objects.filter(scope_key=scope_key, name__in=owned)


def _label(number: int) -> str:
    return ngettext("%(number)d setting", "%(number)d settings", number) % {"number": number}
