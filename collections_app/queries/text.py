"""Text without regard to case: one meaning in Python, on SQLite and on PostgreSQL.

Two texts are the same if their lower-case forms are. The form is made character by character, each from
one character, so that a part of a text folds to a part of its folded form. That leaves out what lower case
does with more than one: a final sigma is any other sigma, and the Turkish İ is i without its second dot.
"""

from __future__ import annotations

from functools import cache

__all__ = ["FOLDED_FIRST", "fold", "same_when_folded"]

# The only characters whose lower-case form depends on what is beside them, or is not one character.
FOLDED_FIRST = {"İ": "i", "Σ": "σ", "ς": "σ"}
_FOLDED_FIRST = str.maketrans(FOLDED_FIRST)
_CASED = 0x1FFFF  # both cases of every character that has two lie below


def fold(text: str) -> str:
    """``text`` as it is compared without regard to case.

    Example: ``fold("ΔΟΣ") == fold("δος")``
    """
    return text.translate(_FOLDED_FIRST).lower()


@cache
def same_when_folded() -> dict[str, frozenset[str]]:
    """For each character that shares its folded form with others: all of them, itself too."""
    groups: dict[str, set[str]] = {}
    for point in range(_CASED + 1):
        folded = fold(chr(point))
        if folded != chr(point):
            groups.setdefault(folded, {folded}).add(chr(point))
    return {member: frozenset(group) for group in groups.values() for member in group}
