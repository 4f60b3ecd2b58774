"""What of a filter's text surely stands in the folded text of every row that the filter finds.

A filter compares character by character, a search whole texts in which characters have joined their
neighbours: ``e`` and an accent behind it are one letter there. So what a filter looks for need not stand
there as it is. But nothing joins across a character that never joins the one before it; and what joins the
last one is not known, but all that may come of it is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from capsule.json_values import InvalidJSON, clean_text
from collections_app.queries.words import SHORTEST, fold_words

__all__ = ["PARTS", "Phrase", "phrases_of"]

# The operators for which a text has to hold the whole of what is looked for.
PARTS = frozenset(["contains", "startswith", "endswith", "iexact", "icontains", "istartswith", "iendswith"])
LONGEST = 100  # characters that are looked for: the text itself is tested anyway
COMPOSED = 0x1FFFF  # every character that is composed of others lies below
IOTA_BELOW = "\u0345"  # a mark that case folding makes a letter of, when others have joined before it
LEADS = range(0x1100, 0x1113)  # Korean: what begins a syllable, and the syllables
SYLLABLES = range(0xAC00, 0xD7A4)
TAILS = 28  # syllables that differ only in how they end
_VOWELS_AND_TAILS = {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a folded text; one of ``ends`` follows it, where there are any."""

    stem: str
    ends: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def phrases_of(text: str) -> tuple[Phrase, ...]:
    """The phrases that stand in the folded form of every text which holds ``text``, in whichever case.

    Each has three letters at least, which an index can look for; of less there is none.

    Example: ``phrases_of("Kettle 5") == (Phrase("kettle 5"),)``
    """
    try:
        clean_text(text)
    except InvalidJSON:
        return ()  # which the compiler says
    runs = "".join(one if _stands_apart(one) else "\0" for one in text[:LONGEST]).split("\0")
    return tuple(phrase for run in runs if (phrase := _phrase_of(run)) is not None)


def _phrase_of(run: str) -> Phrase | None:
    """What is sure of characters none of which joins the one before it."""
    folded = fold_words(run)
    while folded and not _stands_apart(folded[-1]):
        folded = folded[:-1]
    if len(folded) < SHORTEST:
        return None
    ends = _endings(folded[-1])
    if len(ends) == 1:
        return Phrase(folded)
    if len(folded) > SHORTEST:
        return Phrase(folded[:-1])
    return Phrase(folded[:-1], ends) if ends else None


@lru_cache(maxsize=4096)
def _stands_apart(character: str) -> bool:
    """Whether it never joins what stands before it, nor changes places with it, nor becomes a letter late."""
    if character.isascii():
        return True
    plain, folded = (unicodedata.normalize("NFKD", form) for form in (character, fold_words(character)))
    if IOTA_BELOW in plain:
        return False
    joining = _compositions()[1]
    return not any(unicodedata.combining(first) or first in joining for first in (plain[0], folded[0]))


def _endings(last: str) -> tuple[str, ...]:
    """What a folded character may be where others join it, itself too; nothing where that is too much."""
    point = ord(last)
    if point in SYLLABLES:
        is_open = (point - SYLLABLES.start) % TAILS == 0
        return tuple(map(chr, range(point, point + TAILS))) if is_open else (last,)
    base = unicodedata.normalize("NFD", last)[0]
    return () if point in LEADS else (base, *_compositions()[0].get(base, ()))


@cache
def _compositions() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """By their first characters all that are composed of several, and all that join one before them."""
    composed: dict[str, tuple[str, ...]] = {}
    joining = set(_VOWELS_AND_TAILS)
    for one in map(chr, range(0x80, COMPOSED + 1)):
        parts = unicodedata.decomposition(one)
        if not parts or parts[0] == "<" or unicodedata.normalize("NFC", one) != one:
            continue
        base = unicodedata.normalize("NFD", one)[0]
        composed[base] = (*composed.get(base, ()), one)
        joining.add(chr(int(parts.split()[-1], 16)))
    return composed, frozenset(joining)
