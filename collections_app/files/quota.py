"""How much one person may have sent that no record has yet: so many files of so many bytes within a day.

It binds what comes from a browser or a program, a file at a time. Code that writes files with their documents
is bound by nothing: there they wait for no longer than the statement takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from collections_app.alone import hold_alone
from collections_app.files.pending import KEPT_FOR, pending_key

__all__ = ["TooManyFiles", "bounded", "refuse_when_full", "room_for"]

_is_bounded: ContextVar[bool] = ContextVar("capsule_files_bounded", default=False)


class TooManyFiles(ValidationError):
    """Whoever sends a file has sent as many as may wait for a record."""

    def __init__(self) -> None:
        sentence = _(
            "You have sent as many files as may wait for a record. Save the records that you have begun, or "
            "try again tomorrow."
        )
        super().__init__(sentence, code="too_many_files")


@contextmanager
def bounded() -> Iterator[None]:
    """Within it, who keeps a file has to have room for it."""
    token = _is_bounded.set(True)
    try:
        yield
    finally:
        _is_bounded.reset(token)


def refuse_when_full(files: Any) -> None:
    """Raise ``TooManyFiles`` where not a byte more would be taken: before it is received."""
    if _is_bounded.get():
        _refuse_beyond(files, 1)


@contextmanager
def room_for(files: Any, size: int) -> Iterator[None]:
    """Within it a file of that size is written down: what is counted then holds, whoever else sends one.

    ``files`` are the rows of all files. Raises ``TooManyFiles``.
    """
    if not _is_bounded.get():
        yield
        return
    with transaction.atomic():
        hold_alone("pending files", pending_key())
        _refuse_beyond(files, size)
        yield


def _refuse_beyond(files: Any, size: int) -> None:
    # What is older is for prune_files: it must not shut anybody out where nobody prunes.
    waiting = files.filter(scope_key=pending_key(), created_at__gt=timezone.now() - KEPT_FOR)
    count, total = waiting.aggregate(count=Count("pk"), total=Sum("size")).values()
    # One may always wait, however large its column lets it be.
    if count and (count >= settings.CAPSULE_PENDING_FILES or total + size > settings.CAPSULE_PENDING_BYTES):
        raise TooManyFiles
