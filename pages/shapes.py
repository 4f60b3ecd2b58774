"""A page's shape: what stands where on it, without what its parts show.

A *part* is a widget that can be fetched by itself: it has an id and holds no other widgets. While the shape
is the same, a refresh sends the parts that are new and leaves everything else alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from django.http import HttpRequest

from capsule.digests import digest_of
from capsule.widgets import Widget

__all__ = ["is_part", "shape_digest", "visible"]


def is_part(widget: Widget) -> bool:
    """Whether the widget can be fetched by itself."""
    return bool(widget.dom_id) and not widget.children()


def visible(widget: Widget, request: HttpRequest) -> Iterator[Widget]:
    """The widget and all inside it that this request shows, outermost first."""
    yield widget
    for child in widget.shown(request):
        yield from visible(child, request)


def shape_digest(page: Widget, request: HttpRequest) -> str:
    """Equal for two pages that differ in nothing but what their parts show."""
    return digest_of(_shape(page, request))


def _shape(widget: Widget, request: HttpRequest) -> Any:
    if is_part(widget):
        return widget.dom_id
    own = {field.name: _without_widgets(getattr(widget, field.name)) for field in fields(widget)}
    return [type(widget), own, [_shape(child, request) for child in widget.shown(request)]]


def _without_widgets(value: Any) -> Any:
    if isinstance(value, Widget):
        return None
    if isinstance(value, (list, tuple)):
        return [_without_widgets(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_widgets(item) for key, item in value.items()}
    return value
