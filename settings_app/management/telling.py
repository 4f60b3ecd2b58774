"""What a command says of a setting: a line for a person, an object for a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from capsule.scopes import Scope
from settings_app.declarations import MISSING, Setting
from settings_app.layers import Origin
from settings_app.models import SettingChange
from settings_app.past_pages import past_changes
from settings_app.secrecy import masked
from settings_app.snapshots import snapshots_of
from settings_app.whose import people_named

__all__ = ["Told", "line_of", "object_of", "past_lines", "past_objects", "text_of", "told"]

Told = tuple[Setting[Any], Any, Origin]


def told(wanted: Iterable[tuple[Setting[Any], list[tuple[Scope, str]]]]) -> list[Told]:
    """Each setting with the nearest value of its places, and where that stands; by one query."""
    asked = list(wanted)
    found = snapshots_of({key for _setting, places in asked for _layer, key in places})
    return [(setting, *_nearest(setting, places, found)) for setting, places in asked]


def _nearest(setting: Setting[Any], places: list[tuple[Scope, str]], found: Any) -> tuple[Any, Origin]:
    for layer, key in places:
        value = found[key].value(setting)
        if value is not MISSING:
            stored = found[key].stored[setting.name]
            return value, Origin(layer, stored.set_by, stored.set_at)
    return setting.default, Origin("default")


def text_of(setting: Setting[Any], value: Any, *, secrets: bool = False) -> str:
    """A value as it is typed; of a secret what may be shown, unless ``secrets`` are asked for."""
    if value is None:
        return ""
    return masked(value) if setting.secret and not secrets else setting.kind.text_of(value)


def line_of(one: Told) -> str:
    """Example: ``font_size = 14  (user; default)``"""
    setting, value, origin = one
    return f"{setting.name} = {text_of(setting, value)}  ({setting.scope}; {origin.layer})"


def object_of(one: Told, *, secrets: bool = False) -> dict[str, Any]:
    """The same for ``--json``."""
    setting, value, origin = one
    hidden = setting.secret and not secrets
    return {
        "name": setting.name,
        "scope": setting.scope,
        "type": setting.type.__name__,
        "value": None if hidden else value,
        "shown": masked(value) if setting.secret else None,
        "default": setting.default,
        "layer": origin.layer,
        "set_at": None if origin.set_at is None else origin.set_at.isoformat(),
    }


def past_objects(setting: Setting[Any], places: list[tuple[Scope, str]], limit: int) -> list[dict[str, Any]]:
    """The last changes in those places, the newest first."""
    layers = {key: layer for layer, key in places}
    rows = SettingChange.objects.filter(name=setting.name, scope_key__in=list(layers)).order_by("-id")
    found = past_changes(setting, layers, rows[:limit])
    names = people_named({change.by for change in found} - {""})
    return [
        {
            "scope": change.layer,
            "old": change.old,
            "new": change.new,
            "was_set": change.was_set,
            "is_set": change.is_set,
            "changed_at": change.at.isoformat(),
            "changed_by": names.get(change.by, ""),
            "source": change.source,
        }
        for change in found
    ]


def past_lines(setting: Setting[Any], found: list[dict[str, Any]]) -> list[str]:
    """Example: ``2026-11-27T05:00:00+00:00  app: not set -> 20  by Ana, admin``"""
    return [
        f"{one['changed_at']}  {one['scope']}: {_was(setting, one['old'], one['was_set'])} -> "
        f"{_was(setting, one['new'], one['is_set'])}"
        f"  {'by ' + one['changed_by'] + ', ' if one['changed_by'] else ''}{one['source']}"
        for one in found
    ]


def _was(setting: Setting[Any], value: Any, is_set: bool) -> str:
    if not is_set:
        return "not set"
    return "a secret" if value is None else str(value)
