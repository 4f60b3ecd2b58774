"""A number and the button that raises it: a widget of the demo's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from capsule.widgets import Widget

__all__ = ["Clicks"]


@dataclass(frozen=True)
class Clicks(Widget):
    """How often the button was pressed. It posts to the page *Counter*, and comes back."""

    kind: ClassVar[str] = "clicks"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    count: int

    @property
    def name(self) -> str:
        return self.key or "conversation"

    def render(self, request: HttpRequest) -> SafeString:
        context = {"widget": self, "here": request.get_full_path()}
        return render_to_string("demo/_clicks.html", context, request=request)
