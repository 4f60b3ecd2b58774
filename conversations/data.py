"""``session.data``: a dict of JSON values that one conversation keeps."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from conversations.errors import SessionDataError
from conversations.merging import merge
from conversations.values import MISSING, checked, copy_of, same, settle

__all__ = ["DataStore", "SessionData"]

Document = dict[str, Any]
Work = Callable[[Document], Document]


class DataStore(Protocol):
    """Where the data of one conversation is kept."""

    def read(self) -> Document:
        """What is stored: a fresh dict, empty where nothing has been stored yet."""

    def follow(self) -> bool:
        """What was read before is shown again: note it for whoever tracks.

        False where it may be older than that note, and has to be read anew.
        """

    def change(self, work: Work) -> Document:
        """Store ``work(what is stored)`` while nobody else can, and return a fresh dict of it."""


class SessionData(MutableMapping[str, Any]):
    """The data of one conversation, used as a dict.

    Changes, however deep, are found by comparison when they are committed (in a request: when it ends), and
    merged by path with what others committed meanwhile. ``increment``, ``append`` and ``set`` are stored at
    once. Raises ``SessionDataError`` for what cannot be kept.

    Example::

        answers = request.conversation.data.setdefault("answers", {})
        answers["subject"] = "Printer"
    """

    def __init__(self, store: DataStore) -> None:
        self._store = store
        self._base: Document | None = None  # what was stored when this copy was made
        self._mine: Document = {}

    def __getitem__(self, key: str) -> Any:
        return self._loaded()[_name(key)]

    def __setitem__(self, key: str, value: Any) -> None:
        checked({key: value})  # refused here, at the line to blame, and not only at the commit
        self._loaded()[_name(key)] = value

    def __delitem__(self, key: str) -> None:
        del self._loaded()[_name(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def __repr__(self) -> str:
        return f"<SessionData {'not read yet' if self._base is None else self._mine}>"

    def commit(self) -> None:
        """Store what was changed, all of it or nothing; without a change nothing is even asked.

        Raises ``SessionConflict`` where somebody else changed the same place meanwhile.
        """
        work = self.pending()
        if work is not None:
            self._base = self._store.change(work)
            settle(self._mine, self._base)

    def pending(self) -> Work | None:
        """What ``commit`` would do to the stored data, or ``None`` without a change.

        For whoever stores it in a transaction of their own, which may have to be repeated: nothing is noted
        here. Raises ``SessionDataError``.
        """
        base = self._base
        if base is None:
            return None
        mine = checked(self._mine)
        return None if same(mine, base) else lambda theirs: merge(base, mine, theirs)

    def discard(self) -> None:
        """Forget what was changed since the last commit; the next look reads again."""
        self._base = None
        self._mine = {}

    def increment(self, key: str, by: float = 1) -> Any:
        """Add ``by`` to the number at ``key`` (0 where there is none), stored at once; returns the new one.

        Of many at the same moment none is lost. Example: ``data.increment("count")``
        """
        checked({key: by})
        return self._at_once(key, lambda value: _sum(key, 0 if value is MISSING else value, by))

    def append(self, key: str, value: Any) -> Any:
        """Add ``value`` to the list at ``key`` (empty where there is none), stored at once; returns it."""
        checked({key: value})
        return self._at_once(key, lambda entries: [*_entries(key, entries), value])

    def set(self, key: str, value: Any) -> Any:
        """Store ``value`` at ``key`` at once, whatever stands there; returns it as it was stored."""
        checked({key: value})
        return self._at_once(key, lambda _old: value)

    def _at_once(self, key: str, work: Callable[[Any], Any]) -> Any:
        # Whatever else was assigned to this key, and is not committed yet, is stored along with it.
        name = _name(key)
        base, mine = _only(self._base or {}, name), checked(_only(self._mine, name))

        def change(theirs: Document) -> Document:
            merged = merge(base, mine, _only(theirs, name))
            return {**theirs, name: work(merged.get(name, MISSING))}

        stored = self._store.change(change)
        if self._base is None:
            self._base, self._mine = stored, copy_of(stored)
        else:
            self._base[name] = stored[name]
            self._mine[name] = settle(self._mine.get(name, MISSING), stored[name])
        return self._mine[name]

    def _loaded(self) -> Document:
        if self._base is None:
            self._base = self._store.read()
            self._mine = copy_of(self._base)
        elif not self._store.follow() and same(self._mine, self._base):
            self._base = self._store.read()
            settle(self._mine, self._base)
        return self._mine


def _name(key: str) -> str:
    # Keys are stored in this form; what is not a string is no key of ours, and simply not found.
    return key if not isinstance(key, str) or key.isascii() else unicodedata.normalize("NFC", key)


def _only(document: Document, name: str) -> Document:
    return {name: document[name]} if name in document else {}


def _sum(key: str, value: Any, by: float) -> int | float:
    for number in (value, by):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise SessionDataError(
                _("session.data.%(key)s cannot be incremented: a %(type)s is not a number.")
                % {"key": key[:64], "type": type(number).__name__}
            )
    total: int | float = value + by
    return total


def _entries(key: str, value: Any) -> list[Any]:
    if value is MISSING:
        return []
    if not isinstance(value, list):
        raise SessionDataError(
            _("session.data.%(key)s cannot be appended to: a %(type)s is not a list.")
            % {"key": key[:64], "type": type(value).__name__}
        )
    return value
