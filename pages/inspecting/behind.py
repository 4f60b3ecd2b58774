"""What stands behind a widget: the declared things that it was given, or whatever else it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capsule.errors import CapsuleError
from capsule.widgets import Widget
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.query import Query
from conversations.declarations import DEFAULT, handler_named, message_handlers
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry
from settings_app.declarations import Setting, settings_registry

__all__ = ["LAYERS", "Behind", "Layer", "behind", "declared", "is_arranging"]

Layer = Literal["collection", "handler", "setting", "session", "page"]

LAYERS: Final[dict[Layer, Promise]] = {
    "collection": _("Collection"),
    "handler": _("Data handler"),
    "setting": _("Setting"),
    "session": _("session.data"),
    "page": _("Page only"),
}

REGISTRIES: Final[dict[str, Any]] = {
    "collection": collections,
    "handler": handlers_registry,
    "action": actions_registry,
    "setting": settings_registry,
    "assistant": message_handlers,
}
_LAYER_OF: Final[dict[str, Layer]] = {
    "collection": "collection",
    "handler": "handler",
    "action": "handler",
    "setting": "setting",
    "assistant": "session",
    "wizard": "session",
    "model": "collection",
}
# They only arrange others, which say themselves what they are.
_ARRANGING: Final = frozenset({"page", "row", "column", "card", "tabs", "divider", "tablebrowser"})
# Fields whose string is a declared name, and the registries in which it is looked for.
_NAMED: Final = {
    "source": ("handler", "collection"),
    "action": ("action",),
    "setting": ("setting",),
}


@dataclass(frozen=True)
class Behind:
    """The kinds and names of what stands behind a widget, the nearest first; none where the page made it."""

    things: tuple[tuple[str, str], ...]

    @property
    def layer(self) -> Layer:
        return _LAYER_OF.get(self.things[0][0], "page") if self.things else "page"

    @property
    def name(self) -> str:
        """What the nearest is called; of a page's own, nothing."""
        return self.things[0][1] if self.things else ""


def is_arranging(widget: Widget) -> bool:
    """Whether it shows nothing itself: a row, a card, a page."""
    return widget.kind in _ARRANGING or bool(widget.children())


def behind(widget: Widget) -> Behind:
    """What a widget was given: declared things, a model's rows, a parameter of the page."""
    return Behind(tuple(dict.fromkeys(_things(widget))))


def declared(kind: str, name: str) -> Any:
    """The declaration of that kind and name, or ``None`` where there is none any more."""
    registry = REGISTRIES.get(kind)
    return registry.get(name) if registry is not None and name in registry else None


def _things(widget: Widget) -> Iterator[tuple[str, str]]:
    if widget.kind == "wizard":
        yield "wizard", widget.name
    if widget.kind == "chat":
        yield "assistant", _assistant(getattr(widget, "handler", None))
        return
    for field in fields(widget):
        yield from _given(field.name, getattr(widget, field.name))


def _assistant(name: str | None) -> str:
    try:
        return handler_named(name).name
    except CapsuleError:  # the widget's own frame says that there is none of that name
        return name or DEFAULT


def _given(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        found = next((kind for kind in _NAMED.get(field, ()) if value in REGISTRIES[kind]), None)
        if found is not None:
            yield found, value
        elif field == "param":
            yield "param", value
    elif isinstance(value, Query):
        yield "collection", value.collection.name
    elif isinstance(value, Collection):
        yield "collection", value.name
    elif isinstance(value, Handler):
        yield "handler", value.name
    elif isinstance(value, Action):
        yield "action", value.name
    elif isinstance(value, Setting):
        yield "setting", value.name
    elif isinstance(value, Widget):
        yield from _things(value)
    elif isinstance(value, QuerySet):
        yield "model", _label(value.model)
    elif isinstance(value, BaseForm) or (isinstance(value, type) and issubclass(value, BaseForm)):
        form = value if isinstance(value, type) else type(value)
        yield "form", f"{form.__module__}.{form.__qualname__}"
    elif field == "actions" and isinstance(value, (list, tuple)):
        for one in value:
            yield from _given(field, one)


def _label(model: type[Model]) -> str:
    return str(model._meta.label)
