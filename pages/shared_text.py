"""What a template keeps for everybody must hold nothing of somebody."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Final

from django.template import Node
from django.templatetags.cache import CacheNode

from pages.errors import BadTag

__all__ = ["keeps_for_all", "refuse_what_is_kept"]

# The code of the tags that keep what they enclose, and what a template calls each.
_keeping: Final[dict[CodeType, str]] = {CacheNode.render.__code__: "cache"}


def keeps_for_all(tag: str, node: type[Node]) -> None:
    """Say that a tag keeps what it encloses, for whoever comes later."""
    _keeping[node.render.__code__] = tag


def refuse_what_is_kept(what: str) -> None:
    """Pass where what is drawn now is drawn for this request alone.

    Raises ``TemplateSyntaxError`` inside ``{% cache %}`` and its like, before anything is kept: whoever came
    next would be shown the rows, the forms and the marks of whoever came first.
    """
    # By the calls under way: Django tells no node what encloses it, and between the two may stand an
    # {% include %} or the block of another template.
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        tag = _keeping.get(frame.f_code)
        if tag is not None:
            raise BadTag(
                f"{what} is drawn for whoever asks, and {{% {tag} %}} around it would show it to everybody. "
                f"Let {{% {tag} %}} end before it. What is costly, @data(cache=60) keeps."
            )
        frame = frame.f_back
