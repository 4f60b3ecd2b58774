"""Three-way merge of JSON objects by path."""

from __future__ import annotations

from typing import Any

from conversations.errors import SessionConflict
from conversations.values import MISSING, same

__all__ = ["merge"]

Document = dict[str, Any]


def merge(base: Document, mine: Document, theirs: Document, path: tuple[str, ...] = ()) -> Document:
    """``theirs`` with what ``mine`` changed since ``base``.

    Objects merge key by key, however deep; a list is one value, since two writers' positions in it need not
    mean the same. Where both changed one place to different values it raises ``SessionConflict``: neither
    change is dropped silently.

    Example: ``merge({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3}) == {"a": 2, "b": 3}``
    """
    merged: Document = {}
    for key in dict.fromkeys([*theirs, *mine]):
        was, wanted, found = (document.get(key, MISSING) for document in (base, mine, theirs))
        value = _merge_value(was, wanted, found, (*path, key))
        if value is not MISSING:
            merged[key] = value
    return merged


def _merge_value(base: Any, mine: Any, theirs: Any, path: tuple[str, ...]) -> Any:
    if same(mine, base):
        return theirs
    if same(theirs, base) or same(mine, theirs):
        return mine
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return merge(base if isinstance(base, dict) else {}, mine, theirs, path)
    raise SessionConflict(path)
