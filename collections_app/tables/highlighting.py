"""Marks the words that a search found, within cells that are HTML already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from collections_app.columns import Cell
from collections_app.queries.words import fold_words

__all__ = ["highlighted", "marked"]

# A renderer of an application's own may leave a ">" in an attribute as it is, which ends no tag.
_TAG = re.compile(r"""(<(?:[^<>"']++|"[^"]*"|'[^']*')*+>)""")
LEAD = 24  # characters before the first match that are shown of a long text
LONG = 60


def highlighted(cell: Cell, words: Sequence[str]) -> Cell:
    """A cell that marks every occurrence of ``words``, which are folded as a search folds them."""

    def shown(value: object) -> str:
        parts = _TAG.split(cell(value))
        parts[::2] = [marked(unescape(text), words) if text else "" for text in parts[::2]]
        return "".join(parts)

    return shown


def marked(text: str, words: Sequence[str]) -> str:
    """``text`` escaped, with ``<mark>`` around what a search for ``words`` finds in it.

    A long text begins a little before the first match, so that it is in sight.

    Example: ``marked("The Kettle", ["kettle"]) == "The <mark>Kettle</mark>"``
    """
    spans = _spans(text, words)
    if not spans:
        return escape(text)
    begin = spans[0][0] - LEAD if len(text) > LONG and spans[0][0] > LONG - LEAD else 0
    parts, at = ["…" if begin else ""], begin
    for start, stop in spans:
        parts += [escape(text[at:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        at = stop
    return "".join([*parts, escape(text[at:])])


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in ``text``: begin and end of each, in order, none within another."""
    folded, origin = _folded(text)
    found = sorted(
        (origin[at], origin[at + len(word) - 1] + 1) for word in words for at in _places(folded, word)
    )
    joined: list[tuple[int, int]] = []
    for start, stop in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined


def _places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + len(word))
    return found


def _folded(text: str) -> tuple[str, list[int]]:
    """The folded text, and of each of its characters the one of ``text`` that it comes from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    parts, origin = [], []
    for at, character in enumerate(text):
        folded = fold_words(character)
        parts.append(folded)
        origin += [at] * len(folded)
    return "".join(parts), origin
