"""What a setting was before: who changed it, when and from where, in the layers that a person may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capsule.identity import Identity
from capsule.scopes import Scope
from capsule.sources import SOURCE_WORDS
from settings_app.access import editable_layers
from settings_app.declarations import Setting
from settings_app.layers import places_of
from settings_app.models import SettingChange
from settings_app.origins import layer_in_words
from settings_app.past_pages import PastChange, past_of
from settings_app.values import put_back
from settings_app.whose import people_named

__all__ = ["Entry", "entries_of", "last_change", "revert"]

PAGE = 30  # entries
SHOWN = 500  # characters of a value


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as a person is shown it. ``old`` and ``new`` are empty where nothing was set."""

    number: int
    old: str
    new: str
    for_whom: str
    who: str
    at: datetime
    source: str | Promise
    is_secret: bool
    is_latest: bool  # of its layer: what it says is in force there


def entries_of(setting: Setting[Any], identity: Identity, before: str = "") -> tuple[list[Entry], str | None]:
    """The newest changes first, and from where the older ones go on. Raises as ``past_of``."""
    past = past_of(setting, identity, before=before, limit=PAGE)
    latest: dict[Scope, int] = {}
    if not before:
        for change in past.changes:
            latest.setdefault(change.layer, change.number)
    names = people_named({one.by for one in past.changes if one.layer != "app" or identity.is_staff} - {""})
    return [_entry(setting, one, identity, names, latest) for one in past.changes], past.older


def last_change(setting: Setting[Any], layer: Scope) -> SettingChange | None:
    """The last change of the value that whoever is acting has in the layer."""
    keys = [key for found, key in places_of(setting.scope, setting.inherit) if found == layer]
    return SettingChange.objects.filter(scope_key__in=keys, name=setting.name).first()


def revert(setting: Setting[Any], identity: Identity, number: int) -> None:
    """Set again what the change had set, in its layer.

    Raises ``SettingChange.DoesNotExist`` for a change that this person could not have made, or of a secret,
    which the history does not hold; ``ValidationError`` for a value that no longer fits.
    """
    wanted = _changes(setting, _own_layers(setting, identity)).get(pk=number, secret=False)
    put_back(setting, wanted.scope_key, wanted.new)


def _own_layers(setting: Setting[Any], identity: Identity) -> dict[str, Scope]:
    """The keys under which this person may set it, with their layers."""
    editable = editable_layers(setting, identity)
    return {key: layer for layer, key in places_of(setting.scope, setting.inherit) if layer in editable}


def _changes(setting: Setting[Any], layers: Mapping[str, Scope]) -> QuerySet[SettingChange]:
    return SettingChange.objects.filter(scope_key__in=list(layers), name=setting.name).order_by("-pk")


def _entry(
    setting: Setting[Any],
    change: PastChange,
    identity: Identity,
    names: Mapping[str, str],
    latest: Mapping[Scope, int],
) -> Entry:
    return Entry(
        change.number,
        _in_words(setting, change.old, change.was_set),
        _in_words(setting, change.new, change.is_set),
        layer_in_words(change.layer, identity) if setting.inherit else "",
        _("you") if change.by and change.by == identity.user_id else names.get(change.by, ""),
        change.at,
        SOURCE_WORDS.get(change.source, change.source),
        change.secret,
        latest.get(change.layer) == change.number,
    )


def _in_words(setting: Setting[Any], stored: Any, was_set: bool) -> str:
    """A value as people read it, whatever the declaration says of it today; a secret's is not told."""
    if stored is None:
        return "••••" if was_set else ""
    try:
        value = setting.kind.check(stored)
    except (ValidationError, OverflowError):
        return str(stored)[:SHOWN]
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    text = dict(setting.choices).get(value) or setting.kind.text_of(value) or _("(empty)")
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text
