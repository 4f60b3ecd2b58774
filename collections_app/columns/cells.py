"""What cells are made of: escaped text that cannot turn or break what stands beside it."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from django.utils.translation import gettext as _

__all__ = [
    "MARK",
    "SHORT_ENOUGH",
    "TITLE_LENGTH",
    "TURNING",
    "as_text",
    "isolated",
    "marked",
    "missing_cell",
    "odd_cell",
    "shortened",
    "unshortened",
    "without_halves",
]

MARK = '<span class="cell-odd">'  # what begins a cell whose value does not fit
SHOWN_LENGTH = 300  # characters of a text that reach the page; the rest never would be seen in a cell
TITLE_LENGTH = 1000
SHORT_ENOUGH = 28  # characters that fit into every cell, so that no title is needed
WHOLE_LENGTH = 500_000  # of a value by itself

# Marks that turn the direction of what follows, and halves of characters, which no page can be sent with: in
# an address they could only deceive.
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
# The same, and what is written from right to left.
_DIRECTED = re.compile(
    f"[{TURNING}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_HALVES = re.compile("[\ud800-\udfff]")
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def missing_cell() -> str:
    """What stands in the cell of a missing value: a quiet dash."""
    return f'<span class="cell-missing" role="img" aria-label="{escape(_("missing"))}">–</span>'


def without_halves(text: str) -> str:
    """Text that can be sent: the half of a character, as JSON may hold one, would end the whole page."""
    return text if text.isascii() else _HALVES.sub(_REPLACED, text)


def isolated(text: str) -> str:
    """Escaped text, with a direction of its own where it needs one."""
    if text.isascii() or not _DIRECTED.search(text):
        return escape(text)
    return f"<bdi>{escape(without_halves(text))}</bdi>"


def shortened(text: str) -> str:
    """Escaped text that the style sheet cuts where the cell ends; the whole is in its title."""
    if len(text) <= SHORT_ENOUGH:
        return isolated(text)
    direction = ""
    if not text.isascii() and _DIRECTED.search(text):
        direction, text = ' dir="auto"', without_halves(text)
    shown = escape(text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…")
    title = shown
    if len(text) > SHOWN_LENGTH:
        title = escape(text if len(text) <= TITLE_LENGTH else text[:TITLE_LENGTH] + "…")
    return f'<span class="cell-text"{direction} title="{title}">{shown}</span>'


def unshortened(text: str) -> str:
    """Escaped text with its line breaks, for a value that stands by itself."""
    if len(text) <= SHORT_ENOUGH:
        return isolated(text)
    text = without_halves(text[:WHOLE_LENGTH])
    return f'<div class="cell-whole" dir="auto">{escape(text)}</div>'


def marked(cell: str, reason: str) -> str:
    """A cell whose value does not fit its column, with the reason."""
    # Options are named in the reason, and they may be anything.
    why = escape(without_halves(_("Does not fit this column: %(reason)s") % {"reason": reason}))
    mark = f'<span class="cell-why" role="img" title="{why}" aria-label="{why}"></span>'
    return f"{MARK}{cell}{mark}</span>"


def odd_cell(value: Any) -> str:
    """A value that does not fit its column's type, old data perhaps: shown as it is."""
    return shortened(as_text(value))


def as_text(value: Any) -> str:
    """Any JSON value as a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if isinstance(value, (list, dict)):
            return json.dumps(value, ensure_ascii=False, default=str)[: TITLE_LENGTH + 1]
        return str(value)
    except ValueError:  # a whole number of more than 4,300 digits, or what holds itself
        return "…"
