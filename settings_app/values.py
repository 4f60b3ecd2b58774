"""The only door to the table of values: what the handles, the views and the admin call."""

from __future__ import annotations

from settings_app.memory import forget, remembering
from settings_app.reading import (
    at_hand,
    follow,
    in_force,
    in_force_at,
    is_set_in,
    origin_of,
    read,
    read_all,
    read_each,
    topic_of,
    value_at,
)
from settings_app.writing import (
    ChangedMeanwhile,
    erase,
    keep,
    move_topics,
    put_back,
    reset,
    reset_at,
    undo,
    write,
    write_at,
)

__all__ = [
    "ChangedMeanwhile",
    "at_hand",
    "erase",
    "follow",
    "forget",
    "in_force",
    "in_force_at",
    "is_set_in",
    "keep",
    "move_topics",
    "origin_of",
    "put_back",
    "read",
    "read_all",
    "read_each",
    "remembering",
    "reset",
    "reset_at",
    "topic_of",
    "undo",
    "value_at",
    "write",
    "write_at",
]
