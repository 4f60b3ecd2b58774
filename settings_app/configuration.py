"""The settings of a deployment as a file: written, read, compared, and taken over in one transaction.

The file is JSON in a stable order: what is set for everybody, and for organisations by their slug. Secrets
are in it only where they were asked for, as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import Organization
from capsule.json_values import InvalidJSON, Limits, parse_json, shown
from capsule.registry import did_you_mean
from capsule.scopes import APP_KEY, Scope, organization_key
from live.changes import changes
from settings_app.cleaning import clean
from settings_app.declarations import MISSING, Setting, settings_registry
from settings_app.snapshots import Snapshot, snapshots_of
from settings_app.values import reset_at, write_at

__all__ = ["BadFile", "Plan", "Planned", "differences", "exported", "plan_of", "take_over", "written"]

VERSION = 1
SECTIONS = ("version", "app", "organizations")
LIMITS = Limits(size=64 * 1024 * 1024, keys=1_000_000)
SHOWN = 200  # characters of a value in a difference


class BadFile(ValueError):
    """The file cannot be taken as it is. ``problems`` has a sentence for each place that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems[0])
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Planned:
    """One value of a file: its place there, and what it is to become."""

    place: str
    setting: Setting[Any]
    scope_key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """A file that may be taken over. ``places`` are the scopes it names, by key: their part, their layer."""

    values: list[Planned]
    places: dict[str, tuple[str, Scope]]


# Written ---------------------------------------------------------------------------------------------


def exported(organizations: Iterable[Organization] = (), *, secrets: bool = False) -> dict[str, Any]:
    """What is set for everybody, and for these organisations. What is no longer declared is left out."""
    keys = {organization_key(str(one.pk)): one.slug for one in organizations}
    found = snapshots_of([APP_KEY, *keys])
    document: dict[str, Any] = {"version": VERSION, "app": _set_in(found[APP_KEY], "app", secrets)}
    if keys:
        document["organizations"] = {
            slug: _set_in(found[key], "owner", secrets) for key, slug in sorted(keys.items(), key=_slug)
        }
    return document


def written(document: Mapping[str, Any]) -> str:
    """The text of the file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _slug(pair: tuple[str, str]) -> str:
    return pair[1]


def _set_in(snapshot: Snapshot, layer: Scope, secrets: bool) -> dict[str, Any]:
    values = {
        one.name: snapshot.value(one)
        for one in settings_registry
        if layer in one.layers and (secrets or not one.secret)
    }
    return {name: values[name] for name in sorted(values) if values[name] is not MISSING}


# Read ------------------------------------------------------------------------------------------------


def plan_of(text: bytes | str) -> Plan:
    """Every value of a file, checked as on every other way in. Raises ``BadFile`` with all that is wrong."""
    try:
        document = parse_json(text, LIMITS)
    except InvalidJSON as error:
        raise BadFile([str(error)]) from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise BadFile([f'This is no file of settings: it has to be an object with "version": {VERSION}.'])
    problems: list[str] = [
        f"{shown(key)[:64]}: There is no such part. {did_you_mean(key[:64], SECTIONS)}"
        for key in document
        if key not in SECTIONS
    ]
    found: list[Planned] = []
    places: dict[str, tuple[str, Scope]] = {}
    for place, scope_key, layer, values in _parts(document, problems):
        places[scope_key] = (place, layer)
        for name, value in values.items():
            _plan(found, problems, f"{place}.{shown(name)[:64]}", name, scope_key, layer, value)
    if problems:
        raise BadFile(problems)
    return Plan(found, places)


def _parts(document: dict[str, Any], problems: list[str]) -> Iterator[tuple[str, str, Scope, dict[str, Any]]]:
    app, owned = document.get("app", {}), document.get("organizations", {})
    for place, part in (("app", app), ("organizations", owned)):
        if not isinstance(part, dict):
            problems.append(f"{place}: This has to be an object.")
    if isinstance(app, dict):
        yield "app", APP_KEY, "app", app
    if not isinstance(owned, dict):
        return
    ids = {
        slug: str(id)
        for id, slug in Organization.objects.filter(slug__in=list(owned)).values_list("pk", "slug")
    }
    for slug, values in owned.items():
        place = f"organizations.{shown(slug)[:64]}"
        if slug not in ids:
            problems.append(f"{place}: There is no organisation of this slug.")
        elif not isinstance(values, dict):
            problems.append(f"{place}: This has to be an object.")
        else:
            yield place, organization_key(ids[slug]), "owner", values


def _plan(
    found: list[Planned],
    problems: list[str],
    place: str,
    name: str,
    scope_key: str,
    layer: Scope,
    value: Any,
) -> None:
    if name not in settings_registry:
        hint = did_you_mean(name[:64], settings_registry.names()) if len(settings_registry) < 50 else ""
        problems.append(f"{place}: No setting has this name. {hint}".strip())
        return
    setting = settings_registry.get(name)
    if layer not in setting.layers:
        problems.append(f"{place}: It has no value there, but in {', '.join(setting.layers)}.")
        return
    try:
        found.append(Planned(place, setting, scope_key, clean(setting, value)))
    except ValidationError as error:
        problems.append(f"{place}: {' '.join(error.messages)}")


# Compared and taken over --------------------------------------------------------------------------------


def differences(plan: Plan) -> list[str]:
    """A line for each place where what is set here is not what the file says.

    Of secrets only those that the file has are compared, and neither value is said.
    """
    return [line for line, _one in _changes(plan)]


def take_over(plan: Plan, *, exact: bool = False) -> list[str]:
    """Set what differs, in one transaction; returns the lines of ``differences`` that are settled by it.

    With ``exact`` what the file does not name is reset, in the scopes that it names; secrets stay.
    """
    settled: list[str] = []
    with changes():
        for line, one in _changes(plan):
            if one.value is not MISSING:
                write_at(one.setting, one.scope_key, one.value, by="")
            elif exact:
                reset_at(one.setting, one.scope_key, by="")
            else:
                continue
            settled.append(line)
    return settled


def _changes(plan: Plan) -> Iterator[tuple[str, Planned]]:
    """What differs: with the file's value, ``MISSING`` for what is set here alone."""
    found = snapshots_of(plan.places)
    named = {(one.scope_key, one.setting.name) for one in plan.values}
    for one in plan.values:
        here = found[one.scope_key].value(one.setting)
        if here is MISSING or here != one.value:
            yield f"{one.place}: {_said(one.setting, here)}, in the file {_shown(one)}.", one
    for scope_key, (place, layer) in plan.places.items():
        for name, value in _set_in(found[scope_key], layer, secrets=False).items():
            if (scope_key, name) not in named:
                alone = Planned(f"{place}.{name}", settings_registry.get(name), scope_key, MISSING)
                yield f"{alone.place}: {_said(alone.setting, value)}, not in the file.", alone


def _said(setting: Setting[Any], value: Any) -> str:
    if value is MISSING:
        return "not set here"
    return "another here" if setting.secret else f"here {_json(value)}"


def _shown(one: Planned) -> str:
    return "a secret" if one.setting.secret else _json(one.value)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
