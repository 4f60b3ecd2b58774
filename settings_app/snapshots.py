"""All that is set in one scope, as one query found it; and the process's own memory of that."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from live.lookout import lookout
from live.topics import Topic
from settings_app.cleaning import kept
from settings_app.declarations import MISSING, Setting
from settings_app.models import SettingValue

__all__ = ["Snapshot", "Stored", "every_setting_in", "forget_all", "process_memory", "snapshots_of"]

EVERY = "*"  # no setting has this name
KEPT_SCOPES = 1_000


def every_setting_in(scope_key: str) -> Topic:
    """What changes when any setting does, in one scope."""
    return Topic("setting", EVERY, scope_key)


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as it is kept, and its note."""

    value: Any
    set_by: str
    set_at: datetime


class Snapshot:
    """What is set in one scope. Read by many threads, changed by none but for what it has worked out."""

    __slots__ = ("_values", "stored")

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self._values: dict[str, Any] = {}

    def value(self, setting: Setting[Any]) -> Any:
        """The setting's value here, or ``MISSING``: not set, or no longer allowed by the declaration."""
        name = setting.name
        if name in self._values:
            return self._values[name]
        stored = self.stored.get(name)
        value = self._values[name] = MISSING if stored is None else kept(setting, stored.value)
        return value


def snapshots_of(scope_keys: Iterable[str]) -> dict[str, Snapshot]:
    """What is set in each of these scopes, by one query."""
    found = {key: Snapshot() for key in scope_keys}
    rows = SettingValue.objects.filter(scope_key__in=list(found))
    for scope_key, name, *stored in rows.values_list(
        "scope_key", "name", "value", "updated_by", "updated_at"
    ):
        found[scope_key].stored[name] = Stored(*stored)
    return found


class ProcessMemory:
    """The snapshots of the scopes that this process has read last: never more than a second behind.

    For code that reads a value thousands of times, and for whoever reads outside of a request.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[Snapshot, float, str]] = OrderedDict()
        self._writing = Lock()

    def get(self, scope_key: str) -> Snapshot | None:
        """What is known of the scope without asking, or ``None``."""
        entry = self._entries.get(scope_key)
        if entry is None:
            return None
        snapshot, read_at, topic = entry
        return snapshot if lookout.is_right(topic, read_at) else None

    def read(self, scope_key: str, *others: str) -> dict[str, Snapshot]:
        """Read the scope and remember it; of ``others``, which the same query reads, nothing is kept."""
        topic = str(every_setting_in(scope_key))
        lookout.follow(topic)
        read_at = monotonic()
        snapshots = snapshots_of([scope_key, *others])
        with self._writing:
            self._entries[scope_key] = (snapshots[scope_key], read_at, topic)
            self._entries.move_to_end(scope_key)
            if len(self._entries) > KEPT_SCOPES:
                _key, (_snapshot, _read_at, oldest) = self._entries.popitem(last=False)
                lookout.leave(oldest)
        return snapshots

    def clear(self) -> None:
        """Forget all, and follow nothing any more."""
        with self._writing:
            for _snapshot, _read_at, topic in self._entries.values():
                lookout.leave(topic)
            self._entries.clear()


process_memory = ProcessMemory()


def forget_all(**_signal: object) -> None:
    """After ``migrate`` and ``flush``, which begin the versions anew."""
    process_memory.clear()
