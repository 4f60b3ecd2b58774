from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.widgets import Widget, walk


@dataclass(frozen=True)
class Box(Widget):
    kind: ClassVar[str] = "box"
    inside: tuple[Widget, ...] = ()

    def children(self) -> tuple[Widget, ...]:
        return self.inside

    def render(self, request: HttpRequest) -> SafeString:
        return SafeString("")


@pytest.mark.parametrize(
    ("key", "dom_id"), [("open", "box-open"), ("Answered in time", "box-answered-in-time"), (None, "")]
)
def test_the_dom_id_is_kind_and_key(key: str | None, dom_id: str) -> None:
    assert Box(key=key).dom_id == dom_id


def test_walk_goes_outermost_first() -> None:
    inner, beside = Box(key="inner"), Box(key="beside")
    outer = Box((Box((inner,), key="middle"), beside), key="outer")
    assert [widget.name for widget in walk(outer)] == ["outer", "middle", "inner", "beside"]


def test_a_widget_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Box(key="a").key = "b"  # type: ignore[misc]
