"""A setting as a program is told of it: declaration, value, where that comes from, and who may change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language

from capsule.identity import Identity, current_identity
from capsule.programs import json_response
from capsule.scopes import Scope
from settings_app.access import editable_layers
from settings_app.declarations import Setting
from settings_app.layers import Origin
from settings_app.past_pages import Past, PastChange
from settings_app.secrecy import masked
from settings_app.values import in_force, in_force_at, read_each
from settings_app.whose import people_named

__all__ = ["described", "described_each", "past_answer", "setting_answer"]

Found = tuple[Setting[Any], Any, Origin]  # a setting, its value, and where that comes from


def setting_answer(setting: Setting[Any], scope: Scope | None = None) -> HttpResponse:
    """One setting: its value in force, or with ``scope`` what that layer says."""
    return json_response(described(setting, scope))


def described(setting: Setting[Any], scope: Scope | None = None) -> dict[str, Any]:
    """One setting as JSON has it, for the identity that is acting; see ``setting_answer``."""
    value, origin = in_force(setting) if scope is None else in_force_at(setting, scope)
    return next(_each([(setting, value, origin)], current_identity()))


def described_each(visible: Iterable[Setting[Any]]) -> list[dict[str, Any]]:
    """Several, whose values are read by one query."""
    found = read_each()
    return list(_each([(setting, *found[setting.name]) for setting in visible], current_identity()))


def past_answer(past: Past, identity: Identity) -> HttpResponse:
    """A page of a setting's history."""
    names = people_named({change.by for change in past.changes if _may_know(change.layer, identity)} - {""})
    return json_response({"rows": [_past(change, names) for change in past.changes], "next": past.older})


def _past(change: PastChange, names: dict[str, str]) -> dict[str, Any]:
    return {
        "scope": change.layer,
        "old": change.old,
        "new": change.new,
        "was_set": change.was_set,
        "is_set": change.is_set,
        "changed_at": change.at,
        "changed_by": names.get(change.by),
        "source": change.source,
    }


# Many at once, so that each setting costs little -------------------------------------------------------


def _each(found: list[Found], identity: Identity) -> Iterator[dict[str, Any]]:
    names = _names_of([origin for _setting, _value, origin in found], identity)
    language, layers = get_language(), dict[Any, list[Scope]]()
    for setting, value, origin in found:
        rights = (setting.scope, setting.inherit, setting.access, setting.editable)
        if rights not in layers:
            layers[rights] = editable_layers(setting, identity)
        yield {
            **_declared(setting, language),
            **_state(setting, value, origin),
            "origin": {
                "layer": origin.layer,
                "set_at": origin.set_at,
                "set_by": names.get(origin.set_by) if _may_know(origin.layer, identity) else None,
            },
            "editable": setting.scope in layers[rights],
            "layers": layers[rights],
        }


def _state(setting: Setting[Any], value: Any, origin: Origin) -> dict[str, Any]:
    if setting.secret:
        return {"value": None, "is_set": origin.is_set, "shown": masked(value)}
    state = {"value": value, "is_set": origin.is_set, "shown": None}
    # What a function gives is another answer each time.
    return {**state, "options": _options(setting)} if callable(setting.options) else state


@lru_cache(maxsize=4096)
def _declared(setting: Setting[Any], language: str | None) -> dict[str, Any]:
    """What the declaration says, in one language: it does not change while the site runs."""
    return {
        "name": setting.name,
        "label": setting.title,
        "help_text": str(setting.help_text),
        "section": str(setting.section or ""),
        "scope": setting.scope,
        "type": setting.type.__name__,
        "secret": setting.secret,
        "inherit": setting.inherit,
        "default": setting.default,
        "options": [] if callable(setting.options) else _options(setting),
        "min": setting.min,
        "max": setting.max,
        "step": setting.step,
        "unit": None if setting.unit is None else str(setting.unit),
    }


def _options(setting: Setting[Any]) -> list[dict[str, Any]]:
    return [{"value": option, "label": str(label)} for option, label in setting.choices]


def _names_of(origins: Iterable[Origin], identity: Identity) -> dict[str, str]:
    """The names of those who set the values: by a query, unless it was whoever asks."""
    own = {identity.user_id: str(identity.user)} if identity.user_id and identity.user is not None else {}
    others = {origin.set_by for origin in origins if _may_know(origin.layer, identity)} - {"", *own}
    return {**people_named(others), **own} if others else own


def _may_know(layer: str, identity: Identity) -> bool:
    """Whether the person is told who set a value there: of what holds for the whole site, staff alone."""
    return layer != "app" or identity.is_staff
