"""What a terminal says of so many things."""

from __future__ import annotations

import pytest

from capsule.words import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("line",), "0 lines"),
        (1, ("line",), "1 line"),
        (1200, ("entry", "entries"), "1,200 entries"),
        (1, ("line was", "lines were"), "1 line was"),
    ],
)
def test_one_is_not_said_as_many(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
