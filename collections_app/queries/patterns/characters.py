"""Sets of characters, as ranges of code points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache

from collections_app.queries.text import same_when_folded

__all__ = ["CLASSES", "NEWLINE", "Ranges", "in_both_cases", "inverted", "joined"]

Ranges = tuple[tuple[int, int], ...]  # first and last code point of each; sorted, apart from each other

LAST = 0x10FFFF
NEWLINE: Ranges = ((0x0A, 0x0A),)
# As in Python with re.ASCII: \s has the vertical tab, which RE2 leaves out.
CLASSES: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0D), (0x20, 0x20)),
}


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges sorted, with those that touch made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def inverted(ranges: Ranges) -> Ranges:
    """Every other character. NUL is none: no text holds one."""
    others, start = [], 1
    for first, last in ranges:
        if start < first:
            others.append((start, first - 1))
        start = last + 1
    return (*others, (start, LAST)) if start <= LAST else tuple(others)


@lru_cache(maxsize=256)
def in_both_cases(ranges: Ranges) -> Ranges:
    """The ranges, and each character that is the same as one of theirs without regard to case.

    Written out, so that no engine's own idea of case matters.
    """
    groups, cased = same_when_folded(), _cased()
    others = {
        ord(other)
        for first, last in ranges
        for member in cased[bisect_left(cased, first) : bisect_right(cased, last)]
        for other in groups[chr(member)]
    }
    return joined([*ranges, *((other, other) for other in others)])


@cache
def _cased() -> list[int]:
    return sorted(map(ord, same_when_folded()))
