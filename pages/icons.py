"""Lucide's icons, drawn by the server into the page: no font, no request, the colour of the text."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path

import orjson
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from capsule.errors import NotDeclared

__all__ = ["icon", "icon_names", "icon_problem"]

MOST_NEAR = 5
_FILE = Path(__file__).resolve().parent.parent / "static" / "vendor" / "lucide" / "icon-nodes.json"


@lru_cache(maxsize=512)
def icon(name: str, classes: str = "") -> SafeString:
    """The icon as inline SVG, hidden from a screen reader: it only ever stands beside its word.

    Raises ``NotDeclared`` for an unknown name, with the nearest one as a hint.

    Example: ``icon("inbox")``
    """
    drawing = _drawings().get(name)
    if drawing is None:
        raise NotDeclared(icon_problem(name) or "")
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" '
        'focusable="false">{}</svg>',
        classes,
        _drawing(orjson.loads(drawing)[name]),
    )


def icon_names() -> frozenset[str]:
    """Every name that ``icon`` knows."""
    return frozenset(_drawings())


def icon_problem(name: str) -> str | None:
    """What is wrong with an icon's name, as a sentence, or ``None``: asked by the system checks."""
    if name in _drawings():
        return None
    near = ", ".join(f"'{one}'" for one in _near(name))
    hint = f"Did you mean {near}? " if near else ""
    return f"No icon is named '{name}'. {hint}All are at https://lucide.dev/icons/."


def _near(name: str) -> list[str]:
    """The names that are spelt alike, then those that are a word of it: ``trash`` for ``trash-can-big``."""
    known, spelt = _drawings(), name.lower().replace("_", "-").replace(" ", "-")
    words = [word for word in spelt.split("-") if word in known]
    return list(dict.fromkeys([*get_close_matches(spelt, known, n=3), *words]))[:MOST_NEAR]


@cache
def _drawings() -> dict[str, str]:
    # Cut, not parsed: a page draws some thirty of 1,900, and to parse them all would cost the first one more
    # than its query, and megabytes. Only the end of an outermost list stands two spaces in.
    text = _FILE.read_text(encoding="utf-8").strip().removeprefix("{").removesuffix("\n  ]\n}")
    return {entry.split('"', 2)[1]: f"{{{entry}]}}" for entry in text.split("\n  ],")}


def _drawing(shapes: list[tuple[str, dict[str, str]]]) -> SafeString:
    drawn = ((tag, format_html_join("", ' {}="{}"', attributes.items())) for tag, attributes in shapes)
    return format_html_join("", "<{}{}/>", drawn)
