"""Writes and resets values: each an atomic upsert, its entry in the history, and the topics it moves."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import CapsuleError, NoIdentity
from capsule.identity import current_identity, start_session
from capsule.scopes import APP_KEY, Scope
from capsule.sources import current_source
from live.changes import Changes, changes
from settings_app.cleaning import clean, to_keep
from settings_app.declarations import BadLayer, Setting, settings_registry
from settings_app.layers import layers_of
from settings_app.memory import forget
from settings_app.models import SettingChange, SettingValue
from settings_app.reading import topic_of
from settings_app.snapshots import every_setting_in

__all__ = [
    "ChangedMeanwhile",
    "erase",
    "keep",
    "move_topics",
    "put_back",
    "reset",
    "reset_at",
    "undo",
    "write",
    "write_at",
]


class ChangedMeanwhile(CapsuleError):
    """What is to be undone is not the last change of the value any more."""

    anchor = "changedmeanwhile"
    for_people = True

    def __init__(self) -> None:
        super().__init__(_("It was changed again in the meantime, and stays as it is."))


def write(setting: Setting[Any], value: object, scope: Scope | None = None) -> None:
    """Keep a value for whoever is acting. Raises ``ValidationError``, ``ScopeError``, ``ValueError``."""
    _check_layer(setting, scope)
    keep(setting, clean(setting, value), scope)  # clean first: a refused value begins no conversation


def keep(setting: Setting[Any], cleaned: Any, scope: Scope | None = None) -> int | None:
    """``write`` for a clean value, as a form's field gives it. Returns the change's number, if it is one."""
    return write_at(setting, _key_to_write(scope or setting.scope), cleaned, by=_person())


def reset(setting: Setting[Any], scope: Scope | None = None) -> int | None:
    """Forget what was set in one scope of whoever is acting; the change's number if anything was."""
    _check_layer(setting, scope)
    layer = scope or setting.scope
    if layer == "session" and current_identity().session_id is None:
        return None  # forgetting begins no conversation
    return reset_at(setting, _key_to_write(layer), by=_person())


def undo(setting: Setting[Any], change_number: int | None, scope: Scope | None = None) -> SettingChange:
    """Take back the change that ``keep`` or ``reset`` gave, while it is the last one of its value.

    Returns the change. Raises ``ChangedMeanwhile``, and ``SettingChange.DoesNotExist`` for one of another
    value or of a secret, which the history does not hold.
    """
    _check_layer(setting, scope)
    scope_key = _key_to_write(scope or setting.scope)
    with changes():
        # Whoever sets it just now comes first, and is then seen in the history.
        SettingValue.objects.select_for_update().filter(name=setting.name, scope_key=scope_key).first()
        of_this_value = SettingChange.objects.filter(scope_key=scope_key, name=setting.name)
        wanted = of_this_value.get(pk=change_number or 0, secret=False)
        if of_this_value.filter(pk__gt=change_number).exists():
            raise ChangedMeanwhile
        put_back(setting, scope_key, wanted.old)
        # Whoever wrote after the look above had to be waited for; of what is newer now, one is our own.
        if of_this_value.filter(pk__gt=change_number).count() > 1:
            raise ChangedMeanwhile
    return wanted


def put_back(setting: Setting[Any], scope_key: str, stored: Any) -> int | None:
    """Set what the history holds, ``None`` for "not set". Raises ``ValidationError`` if it no longer fits.

    Returns the change's number, if it is one.
    """
    if stored is None:
        return reset_at(setting, scope_key, by=_person())
    return write_at(setting, scope_key, clean(setting, setting.kind.restore(stored)), by=_person())


def write_at(setting: Setting[Any], scope_key: str, cleaned: Any, *, by: str) -> int | None:
    """Keep an already clean value in a given scope: the door of the admin and of commands.

    Returns the change's number in the history; ``None`` where the value was the same before, which is no
    change that anybody could undo.
    """
    with changes() as change:
        old = _upsert(setting.name, scope_key, to_keep(setting, cleaned), by, secret=setting.secret)
        is_same = not setting.secret and old is not None and setting.kind.restore(old) == cleaned
        number = None if is_same else _note(setting, scope_key, old, cleaned, by)
        move_topics(change, setting.name, scope_key)
    forget(scope_key)
    return number


def reset_at(setting: Setting[Any] | str, scope_key: str, *, by: str) -> int | None:
    """Forget what was set in a given scope; of a setting that is no longer declared by its name."""
    name = setting if isinstance(setting, str) else setting.name
    declared = settings_registry.get(name) if name in settings_registry else None
    number = None
    with changes() as change:
        row = SettingValue.objects.select_for_update().filter(name=name, scope_key=scope_key).first()
        if row is not None:
            row.delete()
            number = _note(declared, scope_key, row.value, None, by, name=name)
            move_topics(change, name, scope_key)
    forget(scope_key)
    return number


def erase(scope_key: str) -> None:
    """Forget all that was set in a scope, and its history: its conversation is gone."""
    with changes() as change:
        values = SettingValue.objects.filter(scope_key=scope_key)
        for name in values.values_list("name", flat=True):
            move_topics(change, name, scope_key)
        values.delete()
        SettingChange.objects.filter(scope_key=scope_key).delete()
    forget(scope_key)


def move_topics(change: Changes, name: str, scope_key: str) -> None:
    """Say that the value has changed: to whoever shows it, and to what every process keeps of the scope."""
    change.touch(topic_of(name, scope_key))
    change.touch(every_setting_in(scope_key))


def _check_layer(setting: Setting[Any], scope: Scope | None) -> None:
    if scope is not None and scope not in setting.layers:
        legal = ", ".join(layers_of(setting.scope, setting.inherit))
        raise BadLayer(
            f"The setting '{setting.name}' has no value in scope '{scope}'. It may be set in: {legal}. With "
            "inherit=True it may be set in wider scopes too."
        )


def _key_to_write(scope: Scope) -> str:
    if scope == "app":
        return APP_KEY
    return (start_session() if scope == "session" else current_identity()).key(scope)


def _person() -> str:
    try:
        return current_identity().user_id or ""
    except NoIdentity:  # an app setting, set by a script for everybody
        return ""


# Statements -------------------------------------------------------------------------------------------


_FIELDS = ("name", "scope_key", "value", "version", "updated_at", "updated_by")


def _upsert(name: str, scope_key: str, value: Any, by: str, *, secret: bool) -> Any:
    """Set the value and return the one before, ``None`` where nothing was set.

    One statement, which two writers at once cannot interleave. ``bulk_create`` cannot count versions. Of a
    secret nothing is kept beside the value itself: that there was one is all that is returned.
    """
    fields = [SettingValue._meta.get_field(field) for field in _FIELDS]
    values = (name, scope_key, value, 1, timezone.now(), by)
    row = [
        field.get_db_prep_save(item, connection)  # type: ignore[union-attr]
        for field, item in zip(fields, values, strict=True)
    ]
    table = connection.ops.quote_name(SettingValue._meta.db_table)
    previous = "NULL" if secret else f"{table}.value"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(_FIELDS)}) VALUES (%s, %s, %s, %s, %s, %s) "  # noqa: S608
            f"ON CONFLICT (scope_key, name) DO UPDATE SET value = EXCLUDED.value, previous = {previous}, "
            f"version = {table}.version + 1, "
            "updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by "
            "RETURNING previous, version",
            row,
        )
        old, version = cursor.fetchone()
    if secret:
        return True if version > 1 else None
    return json.loads(old) if isinstance(old, str) else old


_NOTED = ("name", "scope_key", "old", "new", "secret", "changed_at", "changed_by", "source")


def _note(
    setting: Setting[Any] | None, scope_key: str, old: Any, new: Any, by: str, *, name: str = ""
) -> int:
    """Add the change to the history, and return its number. By hand, which takes a fifth of the time."""
    # Of what is no longer declared nobody knows whether it was a secret.
    secret = setting is None or setting.secret
    if secret:
        old, new = (None if value is None else True for value in (old, new))
    source, now = current_source(), timezone.now()
    values = (name or getattr(setting, "name", ""), scope_key, old, new, secret, now, by, source)
    row = [
        SettingChange._meta.get_field(field).get_db_prep_save(item, connection)  # type: ignore[union-attr]
        for field, item in zip(_NOTED, values, strict=True)
    ]
    table = connection.ops.quote_name(SettingChange._meta.db_table)
    marks = ", ".join(["%s"] * len(_NOTED))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(_NOTED)}) VALUES ({marks}) RETURNING id", row)  # noqa: S608
        return int(cursor.fetchone()[0])
