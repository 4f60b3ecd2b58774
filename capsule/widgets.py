"""What a widget is: a frozen value that knows how to render itself for a request.

The families of widgets stand in ``pages.ui``. Whoever holds one (a page, a template tag, a conversation)
needs to know no more than this class.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import slugify

from capsule.arguments import KnownArguments
from capsule.digests import digest_of

__all__ = ["Widget", "made_at", "slug_of", "walk"]


@dataclass(frozen=True, kw_only=True)
class Widget(KnownArguments, ABC):
    """A thing on a page. ``key`` tells two of one kind apart; by default it is its source's name.

    Subclass as a frozen dataclass with a ``kind``. ``scripts`` and ``styles``, tuples of static paths, go
    into the page's head.

    Example::

        @dataclass(frozen=True)
        class Clock(Widget):
            kind: ClassVar[str] = "clock"
            zone: str

            def render(self, request: HttpRequest) -> SafeString:
                return format_html('<time id="{}">{}</time>', self.dom_id, self.zone)
    """

    kind: ClassVar[str]
    key: str | None = None

    if not TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            widget = super().__new__(cls, *args, **kwargs)
            if settings.CAPSULE_DEV:  # its error shall name the line that made it, which is over by then
                caller = sys._getframe(1)
                object.__setattr__(widget, "_made_at", (caller.f_code.co_filename, caller.f_lineno))
            return widget

    @property
    def name(self) -> str:
        """The key in force. Override to derive the default from the widget's source."""
        return self.key or ""

    @property
    def dom_id(self) -> str:
        """``<kind>-<key>``, or nothing for a widget that is never fetched by itself."""
        name = self.name
        return f"{self.kind}-{slug_of(name) or name}" if name else ""

    @property
    def refreshed_every(self) -> float | None:
        """Seconds after which an open page asks for it again. Override where nobody announces its changes."""
        return None

    def children(self) -> tuple[Widget, ...]:
        """The widgets inside. Override in layouts."""
        return ()

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        """The widgets inside that this request shows. Override where only some are (tabs)."""
        return self.children()

    def digest(self, request: HttpRequest) -> str:
        """Equal as long as it need not be drawn again. Override to add what it takes from the address."""
        return digest_of(self)

    def answers_alone(self, request: HttpRequest) -> bool:
        """Whether this request is for it alone, which raises ``AnswerInstead`` when it is drawn. Override."""
        return False

    def gives_back(self, request: HttpRequest) -> bool:
        """Whether it shows what was sent and could not be taken, which a page may answer. Override."""
        return False

    @abstractmethod
    def render(self, request: HttpRequest) -> SafeString:
        """Override to give the widget's HTML, its own element included."""


def made_at(widget: Widget) -> tuple[str, int] | None:
    """The file and line that made it; ``None`` everywhere but in ``make dev``."""
    place: tuple[str, int] | None = getattr(widget, "_made_at", None)
    return place


@lru_cache(maxsize=4096)  # asked several times for each widget of a page
def slug_of(words: str) -> str:
    """Words as a part of an id, in any script: ``"closed-today"``."""
    return slugify(words, allow_unicode=True)


def walk(widget: Widget) -> Iterator[Widget]:
    """The widget and all inside it, outermost first."""
    yield widget
    for child in widget.children():
        yield from walk(child)
