"""Widgets in a conversation, kept as data: what they read is named, and read anew whenever they are shown.

What a widget is made of, and how it is drawn, a layer above knows and registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.errors import CapsuleError
from capsule.json_values import InvalidJSON, Limits, clean_json
from capsule.widgets import Widget
from conversations.errors import CannotBeKept

__all__ = ["Block", "WidgetKeeper", "draw", "files", "keep_widgets_by", "packed", "unpacked"]

Block = dict[str, Any]
LIMITS: Final = Limits(size=64 * 1024, keys=10_000, depth=32)


class WidgetKeeper(Protocol):
    """What a layer above offers: a widget as data, and back."""

    # The static files that a page needs for whatever may be shown in it, at once or later.
    styles: Sequence[str]
    scripts: Sequence[str]

    def pack(self, widget: Widget) -> Block:
        """The widget as JSON values. Raises ``CannotBeKept`` for what would be code."""

    def unpack(self, block: Block, key: str, conversation_id: UUID | None) -> Widget:
        """The widget again, in that conversation, else in whichever the viewer is in.

        Each part of it has a key that begins with ``key``.
        """

    def draw(self, widget: Widget, request: HttpRequest) -> SafeString:
        """Its HTML, live, or a notice in its place that says why not."""


_keepers: list[WidgetKeeper] = []


def keep_widgets_by(keeper: WidgetKeeper) -> None:
    """Say who knows how widgets are kept and drawn."""
    _keepers[:] = [keeper]


def files() -> tuple[list[str], list[str]]:
    """The styles and the scripts that a page with a conversation needs for the widgets within."""
    return (list(_keepers[0].styles), list(_keepers[0].scripts)) if _keepers else ([], [])


def packed(widget: Widget) -> Block:
    """A widget as it is stored with a message. Raises ``CannotBeKept`` with the reason, in words."""
    if not _keepers:
        raise CannotBeKept("Nothing here shows widgets: install the app 'pages'.")
    try:
        block: Block = clean_json(_keepers[0].pack(widget), LIMITS)
    except InvalidJSON as error:
        raise CannotBeKept(f"{type(widget).__name__} cannot be kept in a conversation: {error}") from None
    return block


def unpacked(block: Block, key: str, conversation_id: UUID | None = None) -> Widget | None:
    """The widget of a stored message; ``None`` where what it reads is declared no more."""
    try:
        return _keepers[0].unpack(block, key, conversation_id) if _keepers else None
    except (CapsuleError, TypeError, ValueError, LookupError):
        return None  # declared otherwise since: the message says so, and the others are shown


def draw(widget: Widget, request: HttpRequest) -> SafeString:
    """The widget's HTML."""
    return _keepers[0].draw(widget, request)
