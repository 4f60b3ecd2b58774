"""A widget within a conversation: drawn by whoever looks, in the conversation's own session scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.identity import acting_as, current_identity
from capsule.refreshing import refresh_of
from capsule.widgets import Widget
from collections_app.handle import Collection
from collections_app.queries.query import Query
from conversations.acts import drawing_in
from conversations.blocks import Block
from pages.keeping import WIDGETS, pack, unpack
from pages.rendering import render_widget
from pages.ui.table import Table

__all__ = ["Keeper", "Said"]

FILES: Final = "collections_app/files.js"  # of tables whose records have files


@dataclass(frozen=True)
class Said(Widget):
    """Stands for the widget inside, whose id and digest are its own."""

    kind: ClassVar[str] = "said"

    inner: Widget
    conversation_id: UUID | None  # None: whichever the viewer is in

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def styles(self) -> Sequence[str]:
        found: Sequence[str] = getattr(self.inner, "styles", ())
        return found

    @property
    def scripts(self) -> Sequence[str]:
        found: Sequence[str] = getattr(self.inner, "scripts", ())
        return found

    @property
    def dom_id(self) -> str:
        return self.inner.dom_id

    @property
    def refreshed_every(self) -> float | None:
        return self.inner.refreshed_every

    def children(self) -> tuple[Widget, ...]:
        return tuple(replace(self, inner=child) for child in self.inner.children())

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        return tuple(replace(self, inner=child) for child in self.inner.shown(request))

    def digest(self, request: HttpRequest) -> str:
        return self.inner.digest(request)

    def answers_alone(self, request: HttpRequest) -> bool:
        return self.inner.answers_alone(request)

    def render(self, request: HttpRequest) -> SafeString:
        if self.conversation_id is None:
            return self.inner.render(request)
        # The conversation's own session, not the wizard's that this browser is in; all else is the viewer's.
        identity = replace(current_identity(), session_id=str(self.conversation_id))
        with acting_as(identity), drawing_in(self.conversation_id):
            return self.inner.render(request)


def _files(name: str) -> tuple[str, ...]:
    """Those of all widgets that can be shown, each once; a table's scripts depend on its records."""
    named = [getattr(kind, name, ()) for kind in WIDGETS.values()]
    return tuple(dict.fromkeys(path for paths in named if isinstance(paths, tuple) for path in paths))


class Keeper:
    """How conversations keep and draw widgets."""

    styles: Sequence[str] = _files("styles")
    scripts: Sequence[str] = (FILES, *_files("scripts"))

    def pack(self, widget: Widget) -> Block:
        return pack(widget)

    def unpack(self, block: Block, key: str, conversation_id: UUID | None) -> Widget:
        return Said(_readable(unpack(block, key)), conversation_id)

    def draw(self, widget: Widget, request: HttpRequest) -> SafeString:
        # A page that follows its conversation has most of its widgets already, and says which: those that are
        # not stale are only pointed at, as in a page whose shape is new.
        known = request.__dict__
        refresh = None if "whole_refresh" in known else refresh_of(request)
        if refresh is None:
            return render_widget(widget, request)
        known["whole_refresh"] = refresh
        try:
            return render_widget(widget, request)
        finally:
            del known["whole_refresh"]


def _readable(widget: Any) -> Widget:
    """A table of the conversation's own records is for reading: a record's page is in another session."""
    items = getattr(widget, "items", None)
    if items is not None and isinstance(items, tuple):
        widget._keep(items=tuple(_readable(child) for child in items))
    source = getattr(widget, "source", None)
    collection = source.collection if isinstance(source, Query) else source
    is_session = isinstance(collection, Collection) and collection.declaration.scope == "session"
    if isinstance(widget, Table) and is_session:
        return replace(widget, editable=False, row_link=False, actions=())
    kept: Widget = widget
    return kept
