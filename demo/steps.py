"""The widgets of the page *Start here*: a step of its story, a form for one thread, the mail that arrives."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.views.sign_in import demo_people
from capsule.widgets import Widget
from capsule.words import Words
from demo import mail
from demo.layers import Layer
from demo.source import Lines
from pages.icons import icon
from pages.rendering import render_widget

__all__ = ["AddThread", "LookAround", "Mail", "Step", "ThreadForm"]


@dataclass(frozen=True)
class Step(Widget):
    """A card: which layer and when, what to try, and beside it the lines of the demo that make it.

    ``link`` is the address of the page where the same is used, and ``linked`` what its link says.
    """

    kind: ClassVar[str] = "step"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    number: int
    layer: Layer
    _: KW_ONLY
    icon: str
    hint: Words
    names: tuple[str, ...]
    items: tuple[Widget, ...]
    link: str
    linked: Words

    @property
    def name(self) -> str:
        return self.key or str(self.number)

    @property
    def lines(self) -> Lines:
        """What stands beside it."""
        return Lines(self.names)

    def children(self) -> tuple[Widget, ...]:
        return (*self.items, self.lines)

    def render(self, request: HttpRequest) -> SafeString:
        context = {
            "widget": self,
            "items": [render_widget(item, request) for item in self.items],
            "lines": render_widget(self.lines, request),
            "drawn_icon": icon(self.icon),
        }
        return render_to_string("demo/_step.html", context)


class ThreadForm(forms.Form):
    """The one thing that the first step asks of a thread."""

    subject = forms.CharField(label=_("Subject"), max_length=200)


@dataclass(frozen=True)
class AddThread(Widget):
    """A line in which a thread is added; with a ``form`` that was refused, with what is wrong with it."""

    kind: ClassVar[str] = "add"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    form: ThreadForm | None = None
    again: bool = False  # whether the person has just added one, and is still in the field

    @property
    def name(self) -> str:
        return self.key or "thread"

    def digest_key(self) -> str:
        """Always the same: a refresh of the page leaves the line alone, whatever stands in it."""
        return self.name

    def render(self, request: HttpRequest) -> SafeString:
        form = self.form or ThreadForm()
        context = {"widget": self, "field": form["subject"]}
        return render_to_string("demo/_add_thread.html", context, request=request)


@dataclass(frozen=True)
class LookAround(Widget):
    """For a visitor: what this is, and as whom one may see it."""

    kind: ClassVar[str] = "visitor"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    @property
    def name(self) -> str:
        return self.key or "desk"

    def render(self, request: HttpRequest) -> SafeString:
        context = {"widget": self, "demo_people": demo_people()}
        return render_to_string("demo/_look_around.html", context, request=request)


@dataclass(frozen=True)
class Mail(Widget):
    """A button that lets mail arrive, and says how much of it has. It reads that itself, and so follows."""

    kind: ClassVar[str] = "mail"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    @property
    def name(self) -> str:
        return self.key or "desk"

    def render(self, request: HttpRequest) -> SafeString:
        delivery = mail.latest()
        context = {"widget": self, "delivery": delivery, "is_arriving": mail.is_arriving(delivery)}
        return render_to_string("demo/_mail.html", context, request=request)
