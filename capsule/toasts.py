"""What happened, said in a toast of the next page or part; with a button that takes it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

__all__ = ["say_done", "undo_address"]

_UNDO = "undo:"


def say_done(request: HttpRequest, sentence: str, undo: str = "") -> None:
    """Say what was done. ``undo`` is the address whose POST takes it back.

    Example: ``say_done(request, _("The record was deleted."), undo=address)``
    """
    messages.success(request, sentence, extra_tags=f"{_UNDO}{undo}" if undo else "")


def undo_address(message: object) -> str:
    """Where a message says that it can be taken back, or nothing."""
    tags = getattr(message, "extra_tags", None) or ""
    return str(tags).removeprefix(_UNDO) if str(tags).startswith(_UNDO) else ""
