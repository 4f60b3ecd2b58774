"""A widget as data: which widget, of which declared things, with which arguments; never any code.

A conversation keeps its widgets so. What a collection or a handler says is read anew whenever one is shown,
by whoever looks, with their rights; plain rows and texts are kept as they were said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise

from capsule.widgets import Widget
from collections_app.aggregates import Avg, Count, Max, Min, Sum
from collections_app.declarations import Column
from collections_app.declaring import collections
from collections_app.handle import Collection
from collections_app.queries.patterns.pattern import Pattern
from collections_app.queries.query import Query
from collections_app.queries.tree import And, Compare, Element, Not, Or, Search
from conversations.errors import CannotBeKept
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry
from pages import ui
from pages.ui.layout import Layout
from settings_app.declarations import Setting, settings_registry

__all__ = ["WIDGETS", "pack", "unpack"]

WIDGETS: Final = {
    kind.__name__: kind
    for kind in (
        *(ui.Table, ui.Metric, ui.Chart, ui.Button, ui.ActionCard, ui.Text, ui.Markdown, ui.Image),
        *(ui.ImageGallery, ui.Progress, ui.EmptyState, ui.Divider, ui.Card, ui.Row, ui.Column),
    )
}
# What a query, a column and a measure are made of: values, all of them.
VALUES: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (Query, And, Or, Not, Compare, Element, Search, Column, Count, Sum, Avg, Min, Max)
}
DECLARED: Final[dict[str, Callable[[str], Any]]] = {
    "collection": collections.get,
    "handler": handlers_registry.get,
    "action": actions_registry.get,
    "setting": settings_registry.get,
}
KINDS: Final = {"collection": Collection, "handler": Handler, "action": Action, "setting": Setting}
PLAIN_KINDS: Final = {"datetime": datetime, "date": date, "decimal": Decimal, "uuid": UUID}
PLAIN: Final[dict[str, Callable[[str], Any]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}


def pack(widget: Widget) -> dict[str, Any]:
    """The widget as JSON values. Raises ``CannotBeKept``, which names the argument that is in the way.

    Example: ``pack(ui.Table(threads.filter(status="open")))``
    """
    return _packed_widget(widget)


def unpack(packed: Mapping[str, Any], key: str) -> Widget:
    """The widget again; whatever of it has a name of its own is called ``key-0``, ``key-1`` and so on.

    Raises ``NotDeclared`` where what it names is there no more, and ``TypeError`` where it takes other
    arguments now.
    """
    numbers = count()
    widget: Widget = _opened(packed, lambda: f"{key}-{next(numbers)}")
    return widget


# To data ----------------------------------------------------------------------------------------------


def _packed_widget(widget: Widget) -> dict[str, Any]:
    name = type(widget).__name__
    if WIDGETS.get(name) is not type(widget):
        raise CannotBeKept(
            f"ui.{name} cannot be shown in a conversation. These can: {', '.join(sorted(WIDGETS))}."
        )
    return {"widget": name, "with": _arguments(widget, f"ui.{name}")}


def _arguments(value: Any, words: str) -> dict[str, Any]:
    """The fields that say something: a default is left to whoever reads."""
    found: dict[str, Any] = {}
    for field in fields(value):
        given = getattr(value, field.name)
        is_default = field.default is not MISSING and (given is field.default or _same(given, field.default))
        # Of a widget another key is chosen for where it will stand.
        if not is_default and not (field.name == "key" and isinstance(value, Widget)):
            name = "children" if isinstance(value, Layout) and field.name == "items" else field.name
            found[name] = _packed(given, f"{words}({name}=…)" if isinstance(value, Widget) else words)
    return found


def _same(given: Any, default: Any) -> bool:
    return type(given) is type(default) and isinstance(given, (str, int, float, tuple)) and given == default


def _packed(value: Any, words: str) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, Promise)):
        return str(value)
    if isinstance(value, Widget):
        return _packed_widget(value)
    if isinstance(value, Mapping):
        return {"{}": [[str(key), _packed(one, words)] for key, one in value.items()]}
    if isinstance(value, tuple):
        return {"()": [_packed(one, words) for one in value]}
    if isinstance(value, (list, set, frozenset)):
        return [_packed(one, words) for one in value]
    return _packed_thing(value, words)


def _packed_thing(value: Any, words: str) -> dict[str, Any]:
    if isinstance(value, (date, Decimal, UUID)):
        word = next(word for word, kind in PLAIN_KINDS.items() if isinstance(value, kind))
        return {"value": word, "text": value.isoformat() if isinstance(value, date) else str(value)}
    for word, kind in KINDS.items():
        if isinstance(value, kind):
            return _named(word, value, words)
    if isinstance(value, Pattern):
        return {"pattern": value.text, "ignore_case": value.ignore_case}
    name = type(value).__name__
    if is_dataclass(value) and VALUES.get(name) is type(value):
        return {"made": name, "with": _arguments(value, words)}
    raise CannotBeKept(
        f"{words} cannot be kept in a conversation: {name} is not data. Pass a collection, a query of one, "
        "a @data function, an @action, plain rows, or values."
    )


def _named(word: str, value: Any, words: str) -> dict[str, Any]:
    """A declared thing by its name, if that is who answers to it."""
    try:
        found = DECLARED[word](value.name)
    except LookupError:
        found = None
    if found != value:
        raise CannotBeKept(
            f"{words} cannot be kept in a conversation: the {word} '{value.name}' is not as it was declared."
        )
    return {word: value.name}


# And back ---------------------------------------------------------------------------------------------


def _opened(packed: Any, next_key: Callable[[], str]) -> Any:
    if isinstance(packed, list):
        return [_opened(one, next_key) for one in packed]
    if not isinstance(packed, Mapping):
        return packed
    if "()" in packed:
        return tuple(_opened(one, next_key) for one in packed["()"])
    if "{}" in packed:
        return {key: _opened(one, next_key) for key, one in packed["{}"]}
    if "value" in packed:
        return PLAIN[packed["value"]](packed["text"])
    if "pattern" in packed:
        return Pattern.parse(packed["pattern"], packed["ignore_case"])
    if "widget" in packed:
        return _opened_widget(packed, next_key)
    if "made" in packed:
        return _made(VALUES[packed["made"]], packed, next_key)
    ((word, name),) = packed.items()
    return DECLARED[word](name)


def _made(kind: type, packed: Mapping[str, Any], next_key: Callable[[], str]) -> Any:
    return kind(**{name: _opened(one, next_key) for name, one in packed["with"].items()})


def _opened_widget(packed: Mapping[str, Any], next_key: Callable[[], str]) -> Widget:
    widget: Widget = _made(WIDGETS[packed["widget"]], packed, next_key)
    # What has no name of its own is drawn with what is around it, and fetched with that.
    return replace(widget, key=next_key()) if widget.name else widget
