"""The history of a model's rows: what was written through the handle."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

__all__ = ["history_id"]


def history_id(name: str, key: object) -> UUID:
    """The id under which the history knows a row: its own where that is one, else made of it."""
    try:
        return UUID(str(key))
    except ValueError:
        return uuid5(NAMESPACE_URL, f"collection:{name}:{key}")
