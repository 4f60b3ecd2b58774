"""The widgets that say something by themselves: words, pictures, progress, and that there is nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadDrawing
from capsule.widgets import Widget
from capsule.words import Words
from pages.addresses import image_address, link_address
from pages.icons import icon
from pages.markdown import to_html

__all__ = ["EmptyState", "Image", "ImageGallery", "Markdown", "Progress", "Text"]


@dataclass(frozen=True)
class Text(Widget):
    """Plain words, shown exactly as they are; line breaks are kept.

    ``heading`` makes them a heading of that level, ``muted`` sets them back.

    Example: ``ui.Text("Bookmarks are yours alone.", muted=True)``
    """

    kind: ClassVar[str] = "text"
    text: Words
    _: KW_ONLY
    muted: bool = False
    heading: Literal[2, 3, 4] | None = None

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("pages/_text.html", {"widget": self})


@dataclass(frozen=True)
class Markdown(Widget):
    """Formatted words (CommonMark and tables). HTML in them is shown as text; links are checked.

    Headings begin one level below the page's own.

    Example: ``ui.Markdown("Write to **us** at [the desk](/desk/).")``
    """

    kind: ClassVar[str] = "markdown"
    text: Words

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("pages/_markdown.html", {"widget": self, "html": to_html(str(self.text))})


@dataclass(frozen=True)
class Image(Widget):
    """A picture. ``alt`` says in words what it shows; an empty string means that it only decorates.

    ``src`` is a static file (``"desk/plan.svg"``), a path of this site (``"/media/x.png"``) or a ``data:``
    picture. Pictures of other sites are refused, as the site's content security policy does. ``width`` and
    ``height`` are in pixels; given, nothing jumps while it loads.

    Example: ``ui.Image("desk/plan.svg", alt="Two people at a desk", caption="The desk")``
    """

    kind: ClassVar[str] = "image"
    src: str
    _: KW_ONLY
    alt: Words
    caption: Words = ""
    width: int | None = None
    height: int | None = None

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("pages/_image.html", {"widget": self, "address": self.address})

    @property
    def address(self) -> str:
        """Where the browser finds it. Raises ``BadDrawing`` for a picture of another site."""
        address = image_address(self.src)
        if address is None:
            raise BadDrawing(_("This picture is not of this site, so it is not shown."))
        return address


@dataclass(frozen=True)
class ImageGallery(Widget):
    """Several pictures, small, each leading to itself in full.

    Example: ``ui.ImageGallery([ui.Image("demo/a.svg", alt="A"), ui.Image("demo/b.svg", alt="B")])``
    """

    kind: ClassVar[str] = "gallery"
    images: Sequence[Image]
    _: KW_ONLY
    label: Words = ""

    def render(self, request: HttpRequest) -> SafeString:
        return render_to_string("pages/_gallery.html", {"widget": self})


@dataclass(frozen=True)
class EmptyState(Widget):
    """Says that there is nothing, why, and what to do next.

    ``action`` is the words of the button and ``href`` where it leads.

    Example: ``ui.EmptyState("No threads yet", "They come as people write.", action="Add", href="/add/")``
    """

    kind: ClassVar[str] = "empty"
    title: Words
    text: Words = ""
    _: KW_ONLY
    icon: str = "inbox"
    action: Words = ""
    href: str = ""

    def render(self, request: HttpRequest) -> SafeString:
        address = link_address(self.href) if self.action else ""
        if address is None:
            raise BadDrawing(_("The button's address cannot be used."))
        context = {"widget": self, "address": address, "drawn_icon": icon(self.icon)}
        return render_to_string("pages/_empty_state.html", context)


@dataclass(frozen=True)
class Progress(Widget):
    """How far something is: ``value`` of ``max``. ``None`` means that it goes on and nobody knows how far.

    Example: ``ui.Progress(done, max=total, label="Imported")``
    """

    kind: ClassVar[str] = "progress"
    value: float | None
    max: float = 100
    label: Words = ""

    def render(self, request: HttpRequest) -> SafeString:
        if not _is_amount(self.max) or self.max == 0 or not (self.value is None or _is_amount(self.value)):
            raise BadDrawing(_("Progress needs a value from 0 and a most above 0."))
        return render_to_string("pages/_progress.html", {"widget": self, "percent": self.percent})

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down: 100 only when all is done."""
        return None if self.value is None else min(100, math.floor(100 * self.value / self.max))


def _is_amount(number: float) -> bool:
    return isinstance(number, (int, float)) and math.isfinite(number) and number >= 0
