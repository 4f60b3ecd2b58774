"""Reads values: the nearest that is set, else the default.

Within a request every value that its identity can see is read by one query and remembered until the request
ends. What the site's own scope says needs none at all while it does not change, and outside of a request that
is true of every scope (``snapshots.ProcessMemory``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from django.db import connection

from capsule.errors import ScopeError
from capsule.identity import acting_identity, current_identity
from capsule.scopes import APP_KEY, Scope
from capsule.watching import aside
from live.topics import Topic
from live.tracking import is_tracking, learn, note
from settings_app.declarations import MISSING, Setting, Value, settings_registry
from settings_app.layers import NEAREST_FIRST, Origin, places_of
from settings_app.memory import Memory, current_memory, has_written
from settings_app.snapshots import Snapshot, process_memory, snapshots_of

__all__ = [
    "at_hand",
    "follow",
    "in_force",
    "in_force_at",
    "is_set_in",
    "origin_of",
    "read",
    "read_all",
    "read_each",
    "topic_of",
    "value_at",
]

FROM_DEFAULT: Final = Origin("default")


def topic_of(name: str, scope_key: str) -> Topic:
    """What changes when the setting does, in one scope."""
    return Topic("setting", name, scope_key)


def read(setting: Setting[Any]) -> Any:
    """The value in force for the identity that is acting, else the default."""
    value = at_hand(setting)
    return _read(setting) if value is MISSING else value


def at_hand(setting: Setting[Any]) -> Any:
    """``read`` where nothing has to be asked of the database, else ``MISSING``: called thousands of times."""
    if is_tracking():
        return MISSING  # the version comes before the value
    memory = current_memory()
    known: Callable[[str], Snapshot | None]
    if memory is not None:
        known = memory.snapshots.get
    elif has_written():
        return MISSING
    else:
        known = process_memory.get
    if setting.scope == "app":
        snapshot = known(APP_KEY)
        if snapshot is None:
            return MISSING
        value = snapshot.value(setting)
        return setting.default if value is MISSING else value
    for _layer, scope_key in places_of(setting.scope, setting.inherit):
        snapshot = known(scope_key)
        if snapshot is None:
            return MISSING
        value = snapshot.value(setting)
        if value is not MISSING:
            return value
    return setting.default


def _read(setting: Setting[Any]) -> Any:
    for _layer, scope_key in places_of(setting.scope, setting.inherit):
        value = _snapshot(setting, scope_key).value(setting)
        if value is not MISSING:
            return value
    return setting.default


def origin_of(setting: Setting[Any], layer: Scope | None = None) -> Origin:
    """Where the value in force comes from; with ``layer`` the one that ``value_at`` gives for it."""
    return (in_force(setting) if layer is None else in_force_at(setting, layer))[1]


def value_at(setting: Setting[Any], layer: Scope) -> Any:
    """What one layer says for the identity that is acting: its own value, else the next wider one's."""
    return in_force_at(setting, layer)[0]


def in_force(setting: Setting[Any]) -> tuple[Any, Origin]:
    """The value in force for the identity that is acting, and where it comes from."""
    return _nearest_of(setting, places_of(setting.scope, setting.inherit))


def in_force_at(setting: Setting[Any], layer: Scope) -> tuple[Any, Origin]:
    """``value_at``, and where that value comes from."""
    return _nearest_of(setting, _places_from(setting, layer))


def _places_from(setting: Setting[Any], layer: Scope) -> list[tuple[Scope, str]]:
    # By key as well: without an organisation the owner's place is the person's.
    own = APP_KEY if layer == "app" else _key_in(layer)
    at = NEAREST_FIRST.index(layer)
    places = places_of(setting.scope, setting.inherit)
    return [place for place in places if place[1] == own or NEAREST_FIRST.index(place[0]) > at]


def _key_in(layer: Scope) -> str | None:
    identity = current_identity()
    return None if layer == "session" and identity.session_id is None else identity.key(layer)


def _nearest_of(setting: Setting[Any], places: Sequence[tuple[Scope, str]]) -> tuple[Any, Origin]:
    for layer, scope_key in places:
        snapshot = _snapshot(setting, scope_key)
        value = snapshot.value(setting)
        if value is not MISSING:
            return value, _origin_in(layer, snapshot, setting.name)
    return setting.default, FROM_DEFAULT


def _origin_in(layer: Scope, snapshot: Snapshot, name: str) -> Origin:
    stored = snapshot.stored[name]
    return Origin(layer, stored.set_by, stored.set_at)


def is_set_in(setting: Setting[Any], layer: Scope) -> bool:
    """Whether the layer has a value of its own for the identity that is acting."""
    return any(
        _snapshot(setting, scope_key).value(setting) is not MISSING
        for found, scope_key in places_of(setting.scope, setting.inherit)
        if found == layer
    )


def follow(setting: Setting[Any]) -> None:
    """Note that the setting is shown, without reading it."""
    note(*(topic_of(setting.name, key) for _layer, key in places_of(setting.scope, setting.inherit)))


def read_all() -> dict[str, Value]:
    """Every setting's value by name, in one query; without those that the identity has no place for."""
    return {name: value for name, (value, _origin) in read_each().items()}


def read_each() -> dict[str, tuple[Value, Origin]]:
    """``read_all``, with where each value comes from."""
    places: dict[tuple[Scope, bool], Sequence[tuple[Scope, str]]] = {}
    for setting in settings_registry:
        kind = (setting.scope, setting.inherit)
        if kind not in places:
            with suppress(ScopeError):
                places[kind] = places_of(*kind)
    declared = [
        (setting, places[setting.scope, setting.inherit])
        for setting in settings_registry
        if (setting.scope, setting.inherit) in places
    ]
    if is_tracking():
        note(*(topic_of(setting.name, key) for setting, found in declared for _layer, key in found))
    snapshots = snapshots_of({key for found in places.values() for _layer, key in found})
    return {setting.name: _nearest_in(setting, found, snapshots) for setting, found in declared}


def _nearest_in(
    setting: Setting[Any], places: Sequence[tuple[Scope, str]], snapshots: dict[str, Snapshot]
) -> tuple[Value, Origin]:
    for layer, key in places:
        value = snapshots[key].value(setting)
        if value is not MISSING:
            return value, _origin_in(layer, snapshots[key], setting.name)
    return setting.default, FROM_DEFAULT


# Which snapshot ---------------------------------------------------------------------------------------


def _snapshot(setting: Setting[Any], scope_key: str) -> Snapshot:
    memory = current_memory()
    if memory is None:
        return _outside_of_requests(setting, scope_key)
    topic = topic_of(setting.name, scope_key)
    # What was read before is of use to whoever tracks only if its versions were remembered beside it.
    if scope_key in memory.unsettled or (is_tracking() and not learn([])):
        note(topic)
        return _read_now(scope_key)
    memory.follow(scope_key)
    snapshot = memory.snapshots.get(scope_key) or _remembered(memory, scope_key)
    note(topic)  # its version was asked for before all values were
    return snapshot


def _outside_of_requests(setting: Setting[Any], scope_key: str) -> Snapshot:
    if is_tracking() or connection.in_atomic_block:
        note(topic_of(setting.name, scope_key))
        return _read_now(scope_key)
    return process_memory.get(scope_key) or process_memory.read(scope_key)[scope_key]


def _read_now(scope_key: str) -> Snapshot:
    return snapshots_of([scope_key])[scope_key]


def _remembered(memory: Memory, scope_key: str) -> Snapshot:
    may_be_known = not is_tracking() and not connection.in_atomic_block
    if may_be_known and APP_KEY not in memory.snapshots:
        # It holds for everybody, so every request asks for it: the process knows it.
        known = process_memory.get(APP_KEY)
        if known is not None:
            memory.snapshots[APP_KEY] = known
            if scope_key == APP_KEY:
                return known
    # All of the identity's scopes at once: the next setting of the page is then at hand as well.
    wanted = {scope_key, *_keys_of_the_acting()} - memory.snapshots.keys() - memory.unsettled
    if is_tracking():
        learn(topic_of(setting.name, key) for setting in settings_registry for key in _own(setting, wanted))
        memory.followed |= wanted
    if may_be_known and APP_KEY in wanted:
        memory.snapshots.update(process_memory.read(APP_KEY, *(wanted - {APP_KEY})))
    else:
        memory.snapshots.update(snapshots_of(wanted))
    return memory.snapshots[scope_key]


def _own(setting: Setting[Any], scope_keys: set[str]) -> Iterator[str]:
    """The keys in which the setting may have a value."""
    for key in scope_keys:
        if setting.inherit or (setting.scope == "app") == (key == APP_KEY):
            yield key


def _keys_of_the_acting() -> list[str]:
    # Not the conversation's: to know it may take a query of its own, which only a setting of it is worth.
    identity = acting_identity()
    if identity is None:
        return [APP_KEY]
    identity = aside(identity)  # nothing depends on what is only read ahead
    if not identity.is_authenticated:
        return [APP_KEY]
    return [APP_KEY, identity.key("user"), identity.key("owner")]
