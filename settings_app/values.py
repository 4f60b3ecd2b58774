"""Reads, writes and resets the values of settings; the only door to their table.

Within a request every value that its identity can see is read by one query and remembered until the
request ends. Nowhere else is anything remembered: a script would go on with what it read at its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from capsule.errors import NoIdentity, ScopeError
from capsule.identity import current_identity, start_session
from capsule.scopes import APP_KEY, SCOPES, Scope
from live.changes import changes
from live.topics import Topic
from live.tracking import is_tracking, learn, note
from settings_app.cleaning import clean, kept
from settings_app.declarations import Setting, Value, settings_registry
from settings_app.models import SettingValue

__all__ = [
    "follow",
    "forget",
    "keep",
    "read",
    "read_all",
    "remembering",
    "reset",
    "reset_at",
    "topic_of",
    "write",
    "write_at",
]

_MISSING = object()


class _Memory:
    """What one request has read: for each scope key, all that is set in it."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Any]] = {}
        # Scope keys whose values were read after their versions.
        self.followed: set[str] = set()
        # Scope keys written in a transaction that is still open: what they hold may be rolled back.
        self.unsettled: set[str] = set()

    def follow(self, scope_key: str) -> None:
        """Where somebody tracks, versions come before values: what was read without them is read anew."""
        if is_tracking() and scope_key not in self.followed:
            self.values.pop(scope_key, None)

    def written(self, scope_key: str) -> None:
        self.values.pop(scope_key, None)
        if connection.in_atomic_block:
            self.unsettled.add(scope_key)
            transaction.on_commit(lambda: self._settled(scope_key))

    def _settled(self, scope_key: str) -> None:
        self.values.pop(scope_key, None)
        self.unsettled.discard(scope_key)


_memory: ContextVar[_Memory | None] = ContextVar("settings_memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Read each scope's values once within the block: what a request is bound to."""
    token = _memory.set(_Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def topic_of(name: str, scope_key: str) -> Topic:
    """What changes when the setting does, in one scope."""
    return Topic("setting", name, scope_key)


# Reading ----------------------------------------------------------------------------------------------


def read(setting: Setting[Any]) -> Any:
    """The value in force for the identity that is acting, else the default."""
    scope_key = _key_to_read(setting.scope)
    if scope_key is None:
        return setting.default
    memory = _memory.get()
    topic = topic_of(setting.name, scope_key)
    # What was read before is of use to whoever tracks only if its versions were remembered beside it.
    if memory is None or scope_key in memory.unsettled or (is_tracking() and not learn([])):
        note(topic)
        rows = SettingValue.objects.filter(scope_key=scope_key, name=setting.name)
        stored = next(iter(rows.values_list("value", flat=True)), _MISSING)
    else:
        memory.follow(scope_key)
        stored = _remembered(memory, scope_key).get(setting.name, _MISSING)
        note(topic)  # its version was asked for before all values were
    return setting.default if stored is _MISSING else kept(setting, stored)


def follow(setting: Setting[Any]) -> None:
    """Note that the setting is shown, without reading it."""
    scope_key = _key_to_read(setting.scope)
    if scope_key is not None:
        note(topic_of(setting.name, scope_key))


def read_all() -> dict[str, Value]:
    """Every setting's value by name, in one query; without those that the identity has no place for."""
    keys: dict[Scope, str | None] = {}
    for scope in SCOPES:
        try:
            keys[scope] = _key_to_read(scope)
        except ScopeError:
            continue
    note(*(topic_of(one.name, key) for one in settings_registry if (key := keys.get(one.scope))))
    found = _rows_of(key for key in keys.values() if key is not None)
    result: dict[str, Value] = {}
    for setting in settings_registry:
        if setting.scope in keys:
            stored = found.get(keys[setting.scope] or "", {}).get(setting.name, _MISSING)
            result[setting.name] = setting.default if stored is _MISSING else kept(setting, stored)
    return result


def _key_to_read(scope: Scope) -> str | None:
    # App scope is one value for everybody: nobody needs to be acting. Reading never begins a conversation.
    if scope == "app":
        return APP_KEY
    identity = current_identity()
    if scope == "session" and identity.session_id is None:
        return None
    return identity.key(scope)


def _remembered(memory: _Memory, scope_key: str) -> dict[str, Any]:
    if scope_key not in memory.values:
        # All of the identity's scopes at once: the next setting of the page is then at hand as well.
        wanted = {scope_key, *_keys_of_the_acting()} - memory.values.keys() - memory.unsettled
        if is_tracking():
            learn(
                topic_of(setting.name, key)
                for setting in settings_registry
                for key in wanted
                if (setting.scope == "app") == (key == APP_KEY)
            )
            memory.followed |= wanted
        memory.values.update(_rows_of(wanted))
    return memory.values[scope_key]


def _keys_of_the_acting() -> list[str]:
    # Not the conversation's: to know it may take a query of its own, which only a setting of it is worth.
    try:
        identity = current_identity()
    except NoIdentity:
        return []
    return [APP_KEY, identity.key("user"), identity.key("owner")] if identity.is_authenticated else [APP_KEY]


def _rows_of(scope_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {key: {} for key in scope_keys}
    rows = SettingValue.objects.filter(scope_key__in=list(found)).values_list("scope_key", "name", "value")
    for scope_key, name, value in rows:
        found[scope_key][name] = value
    return found


# Writing ----------------------------------------------------------------------------------------------


def write(setting: Setting[Any], value: object) -> None:
    """Keep a value for the identity that is acting. Raises ``ValidationError``, ``ScopeError``."""
    keep(setting, clean(setting, value))  # clean first: a refused value begins no conversation


def keep(setting: Setting[Any], cleaned: Any) -> None:
    """``write`` for a value that is clean already, as a form's field gives it."""
    write_at(setting.name, _key_to_write(setting.scope), cleaned, by=_person())


def reset(setting: Setting[Any]) -> None:
    """Forget what was set in the scope of the identity that is acting."""
    scope_key = _key_to_read(setting.scope)
    if scope_key is not None:
        reset_at(setting.name, scope_key)


def write_at(name: str, scope_key: str, cleaned: Any, *, by: str) -> None:
    """Keep an already clean value in a given scope: the admin's door, which acts on others' values."""
    with changes() as change:
        _upsert(name, scope_key, cleaned, by)
        change.touch(topic_of(name, scope_key))
    forget(scope_key)


def reset_at(name: str, scope_key: str) -> None:
    """Forget what was set in a given scope."""
    with changes() as change:
        deleted, _by_model = SettingValue.objects.filter(name=name, scope_key=scope_key).delete()
        if deleted:
            change.touch(topic_of(name, scope_key))
    forget(scope_key)


def _key_to_write(scope: Scope) -> str:
    if scope == "app":
        return APP_KEY
    return (start_session() if scope == "session" else current_identity()).key(scope)


def _person() -> str:
    try:
        return current_identity().user_id or ""
    except NoIdentity:  # an app setting, set by a script for everybody
        return ""


def forget(scope_key: str) -> None:
    """After a write: what the request has read under the key holds no longer."""
    memory = _memory.get()
    if memory is not None:
        memory.written(scope_key)


_FIELDS = ("name", "scope_key", "value", "version", "updated_at", "updated_by")


def _upsert(name: str, scope_key: str, value: Any, by: str) -> None:
    """One statement, which two writers at once cannot interleave. ``bulk_create`` cannot count versions."""
    fields = [SettingValue._meta.get_field(field) for field in _FIELDS]
    values = (name, scope_key, value, 1, timezone.now(), by)
    row = [
        field.get_db_prep_save(item, connection)  # type: ignore[union-attr]
        for field, item in zip(fields, values, strict=True)
    ]
    table = connection.ops.quote_name(SettingValue._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(_FIELDS)}) VALUES (%s, %s, %s, %s, %s, %s) "  # noqa: S608
            "ON CONFLICT (scope_key, name) DO UPDATE SET value = EXCLUDED.value, "
            f"version = {table}.version + 1, "
            "updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by",
            row,
        )
