"""How the text of a message becomes HTML: what a layer above registers, else plain paragraphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

__all__ = ["format_with", "formatted"]

Formatter = Callable[[str], SafeString]
LONG: Final = 40_000  # characters: more than a person's message holds; what is longer is not kept


def _plain(text: str) -> SafeString:
    return format_html('<p class="words">{}</p>', text)


_formatters: list[Formatter] = []


def format_with(formatter: Formatter) -> None:
    """Let ``formatter`` make the HTML of replies; the last one registered does.

    Example: ``format_with(markdown.to_html)``
    """
    _formatters.append(formatter)


def formatted(text: str) -> SafeString:
    """The HTML of a reply; of the latest it is kept, for a page shows the same ones again and again."""
    formatter = _formatters[-1] if _formatters else _plain
    return _kept(formatter, text, get_language()) if len(text) <= LONG else formatter(text)


@lru_cache(maxsize=256)
def _kept(formatter: Formatter, text: str, language: str | None) -> SafeString:
    return formatter(text)
