"""What a record says, each value beside its name: a widget of the demo's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from capsule.widgets import Widget
from capsule.words import Words

__all__ = ["Facts"]


@dataclass(frozen=True)
class Facts(Widget):
    """Names and values. What has no value is left out.

    Example: ``Facts({_("Sender"): thread["sender"], _("Assigned to"): thread.get("assignee")})``
    """

    kind: ClassVar[str] = "facts"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)

    values: Mapping[Words, object]

    def render(self, request: HttpRequest) -> SafeString:
        known = [(label, value) for label, value in self.values.items() if value not in (None, "")]
        return render_to_string("demo/_facts.html", {"widget": self, "known": known}, request=request)
