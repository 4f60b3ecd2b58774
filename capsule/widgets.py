"""What a widget is: a frozen value that knows how to render itself for a request.

The families of widgets stand in ``pages.ui``. Whoever holds one (a page, a template tag, a conversation)
needs to know no more than this class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import slugify

__all__ = ["Widget", "walk"]


@dataclass(frozen=True, kw_only=True)
class Widget(ABC):
    """A thing on a page. ``key`` tells two of one kind apart; by default it is its source's name."""

    kind: ClassVar[str]
    key: str | None = None

    @property
    def name(self) -> str:
        """The key in force. Override to derive the default from the widget's source."""
        return self.key or ""

    @property
    def dom_id(self) -> str:
        """``<kind>-<key>``, or nothing for a widget that is never fetched by itself."""
        return f"{self.kind}-{slugify(self.name, allow_unicode=True) or self.name}" if self.name else ""

    def children(self) -> tuple[Widget, ...]:
        """The widgets inside. Override in layouts."""
        return ()

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        """The widgets inside that this request shows. Override where only some are (tabs)."""
        return self.children()

    def answers_alone(self, request: HttpRequest) -> bool:
        """Whether this request is for it alone, which raises ``AnswerInstead`` when it is drawn. Override."""
        return False

    @abstractmethod
    def render(self, request: HttpRequest) -> SafeString:
        """Override to give the widget's HTML, its own element included."""


def walk(widget: Widget) -> Iterator[Widget]:
    """The widget and all inside it, outermost first."""
    yield widget
    for child in widget.children():
        yield from walk(child)
