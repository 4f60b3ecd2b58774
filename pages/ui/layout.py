"""The widgets that arrange others: a page, rows and columns, cards, tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import slugify

from capsule.widgets import Widget
from capsule.words import Words
from pages.errors import BadLayout
from pages.icons import icon
from pages.rendering import render_widget
from pages.ui.content import Text

__all__ = ["Card", "Children", "Column", "Divider", "Page", "Row", "Tabs", "widgets_of"]

Children = Widget | Words | Sequence[Widget | Words]


def widgets_of(children: Children) -> tuple[Widget, ...]:
    """What was put inside, as widgets: one or several; a plain string is a ``Text``.

    Raises ``TypeError`` that names what cannot stand on a page.
    """
    several = [children] if isinstance(children, (Widget, str, Promise)) else children
    return tuple(_widget_of(child) for child in several)


def _widget_of(child: object) -> Widget:
    if isinstance(child, Widget):
        return child
    if isinstance(child, (str, Promise)):
        return Text(cast("Words", child))
    raise BadLayout(
        f"{type(child).__name__} cannot stand on a page by itself: put it into a widget, such as "
        "ui.Table(...) for records, ui.Metric(...) for a number, ui.Text(...) for words."
    )


@dataclass(frozen=True, init=False)
class Layout(Widget):
    """What all arranging widgets share: the widgets inside, each framed if it fails."""

    template: ClassVar[str]
    items: tuple[Widget, ...]

    def __init__(self, children: Children = (), *, key: str | None = None) -> None:
        self._keep(items=widgets_of(children), key=key)

    def _keep(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def children(self) -> tuple[Widget, ...]:
        return self.items

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string(self.template, {"widget": self, **self.context(request)})

    def context(self, request: HttpRequest) -> dict[str, object]:
        """What the template needs. Override to add to it."""
        return {"children": [render_widget(child, request) for child in self.shown(request)]}


@dataclass(frozen=True, init=False)
class Page(Layout):
    """A whole page: widgets below each other, with a title and actions in its header.

    ``title`` is what the header says (default: the declared name). ``actions`` are widgets at its right.

    Example: ``ui.Page([ui.Table(threads)], title="Threads")``
    """

    kind: ClassVar[str] = "page"
    template: ClassVar[str] = "pages/_page.html"
    title: Words | None
    actions: tuple[Widget, ...]

    def __init__(
        self,
        children: Children = (),
        *,
        title: Words | None = None,
        actions: Children = (),
        key: str | None = None,
    ) -> None:
        self._keep(items=widgets_of(children), title=title, actions=widgets_of(actions), key=key)

    @property
    def dom_id(self) -> str:
        return ""

    def children(self) -> tuple[Widget, ...]:
        return (*self.actions, *self.items)

    def context(self, request: HttpRequest) -> dict[str, object]:
        return {"children": [render_widget(child, request) for child in self.items]}


@dataclass(frozen=True, init=False)
class Column(Layout):
    """Widgets below each other, in a row. ``width`` is in twelfths of the row (default: an equal share).

    Example: ``ui.Row([ui.Column([ui.Chart(...)], width=8), ui.Column([ui.Metric(...)], width=4)])``
    """

    kind: ClassVar[str] = "column"
    template: ClassVar[str] = "pages/_column.html"
    width: int | None

    def __init__(self, children: Children = (), *, width: int | None = None, key: str | None = None) -> None:
        if width is not None and width not in range(1, 13):
            raise BadLayout(f"A column's width is in twelfths of its row, from 1 to 12; {width!r} is not.")
        self._keep(items=widgets_of(children), width=width, key=key)


@dataclass(frozen=True, init=False)
class Row(Layout):
    """Widgets beside each other, equally wide and high; below each other where the screen is narrow.

    Buttons are as wide as what they say, and stay beside each other.

    Example: ``ui.Row([ui.Metric("Open", threads), ui.Metric("Late", late)])``
    """

    kind: ClassVar[str] = "row"
    template: ClassVar[str] = "pages/_row.html"

    def context(self, request: HttpRequest) -> dict[str, object]:
        shown = self.shown(request)
        drawn = [(child, html) for child in shown if (html := render_widget(child, request))]
        return {"cells": [(_cell_class(child, len(drawn)), html) for child, html in drawn]}


def _cell_class(child: Widget, count: int) -> str:
    width = getattr(child, "width", None)
    if isinstance(child, Column) and width:
        return f"col-12 col-lg-{width}"
    if child.kind == "button":
        return "col-auto"
    # Numbers are short: two fit beside each other on a phone. Everything else gets the whole width there.
    narrow = "col-6" if child.kind == "metric" else "col-12"
    if child.kind == "metric":
        return f"{narrow} col-xl" if count <= 6 else f"{narrow} col-md-4 col-xl-3"
    return f"{narrow} col-lg" if count <= 4 else f"{narrow} col-md-6 col-xl-4"


@dataclass(frozen=True, init=False)
class Card(Layout):
    """Widgets in a frame, under a title with an icon.

    Example: ``ui.Card("For you", [ui.Toggle(setting=show_closed)], icon="user")``
    """

    kind: ClassVar[str] = "card"
    template: ClassVar[str] = "pages/_card.html"
    title: Words | None
    icon: str | None

    def __init__(
        self,
        title: Words | None = None,
        children: Children = (),
        *,
        icon: str | None = None,
        key: str | None = None,
    ) -> None:
        self._keep(title=title, items=widgets_of(children), icon=icon, key=key)

    def context(self, request: HttpRequest) -> dict[str, object]:
        return {**super().context(request), "drawn_icon": icon(self.icon) if self.icon else ""}


@dataclass(frozen=True, init=False)
class Tabs(Layout):
    """Several groups of widgets, one shown at a time; which one stands in the address, so it can be shared.

    ``param`` is its name there (default: the key, else ``tab``). Only the open tab's widgets are evaluated.
    Each tab is a link: it works without JavaScript and by keyboard.

    Example: ``ui.Tabs({"Open": [ui.Table(open_threads)], "Closed": [ui.Table(closed_threads)]})``
    """

    kind: ClassVar[str] = "tabs"
    template: ClassVar[str] = "pages/_tabs.html"
    tabs: tuple[tuple[str, tuple[Widget, ...]], ...]
    param: str | None

    def __init__(
        self, tabs: Mapping[str, Children], *, param: str | None = None, key: str | None = None
    ) -> None:
        if not tabs:
            raise BadLayout("Tabs need at least one: ui.Tabs({'Label': [...]}).")
        pairs = tuple((label, widgets_of(children)) for label, children in tabs.items())
        items = tuple(widget for _label, inside in pairs for widget in inside)
        self._keep(tabs=pairs, items=items, param=param, key=key)

    @property
    def name(self) -> str:
        return self.key or self.param or "tab"

    @property
    def parameter(self) -> str:
        """The name in the address."""
        return self.param or self.name

    @property
    def slugs(self) -> list[str]:
        """Each tab's value in the address: its label as a slug, or its place where that says nothing."""
        slugs = [slugify(label, allow_unicode=True) or str(at) for at, (label, _w) in enumerate(self.tabs, 1)]
        return [slug if slugs.index(slug) == at else f"{slug}-{at + 1}" for at, slug in enumerate(slugs)]

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        at = self._open(request)
        return self.tabs[at][1] if at is not None else ()

    def _open(self, request: HttpRequest) -> int | None:
        """The open tab's place; ``None`` if the address names one that is not there."""
        wanted = request.GET.get(self.parameter, "")
        if not wanted:
            return 0
        return self.slugs.index(wanted) if wanted in self.slugs else None

    def context(self, request: HttpRequest) -> dict[str, object]:
        open_at = self._open(request)
        links = [self._link(request, at, at == open_at) for at in range(len(self.tabs))]
        return {**super().context(request), "links": links, "unknown": open_at is None}

    def _link(self, request: HttpRequest, at: int, is_open: bool) -> dict[str, object]:
        slug = self.slugs[at]
        query = request.GET.copy()
        query[self.parameter] = slug
        return {
            "label": self.tabs[at][0],
            "id": f"{self.dom_id}-{slug}",
            "url": f"?{query.urlencode()}",
            "is_open": is_open,
        }


@dataclass(frozen=True)
class Divider(Widget):
    """A quiet line between two parts of a page, with a word on it if ``label`` is given.

    Example: ``ui.Divider("Older")``
    """

    kind: ClassVar[str] = "divider"
    label: Words = ""

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("pages/_divider.html", {"widget": self})
