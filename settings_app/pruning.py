"""What is older than it has to be remembered is forgotten, a few rows at a time: no value's last change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef

from settings_app.models import SettingChange, SettingRead

__all__ = ["CHUNK", "prune", "prune_reads"]

CHUNK: Final = 500  # rows of a transaction: no writer waits for more than that

Progress = Callable[[int], None]


def prune(before: datetime | None, progress: Progress, *, chunk: int = CHUNK) -> int:
    """Delete the changes from before that instant, ``None`` for none. Returns how many are gone.

    The last change of each value stays at any age: it says who set what is in force, and Undo takes it back.
    """
    newer = SettingChange.objects.filter(
        scope_key=OuterRef("scope_key"), name=OuterRef("name"), id__gt=OuterRef("id")
    )
    return _pruned(SettingChange.objects.filter(Exists(newer)), "changed_at", before, progress, chunk)


def prune_reads(before: datetime | None, progress: Progress, *, chunk: int = CHUNK) -> int:
    """The same of the readings of others' settings in the admin, of which none stays."""
    return _pruned(SettingRead.objects.all(), "at", before, progress, chunk)


def _pruned(rows: Any, at: str, before: datetime | None, progress: Progress, chunk: int) -> int:
    """Walk the rows in the order in which they were written, until all are younger."""
    last = pruned = 0
    while before is not None and (
        found := list(rows.filter(id__gt=last).order_by("id").values_list("id", at)[:chunk])
    ):
        last = found[-1][0]
        old = [id for id, instant in found if instant < before]
        if not old:
            break  # what a long transaction has written among younger ones goes the next time
        pruned += rows.filter(id__in=old).delete()[0]
        progress(pruned)
    return pruned
