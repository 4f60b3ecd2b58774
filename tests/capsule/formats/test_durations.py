"""Spans of time as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule.formats.numbers import formatted, problem_with


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0004, "0.4 ms"),
        (0.35, "350 ms"),
        (0.9999, "1 s"),
        (1.5, "1.5 s"),
        (9.97, "10 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3599.6, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "1 d"),
        (90_000, "1 d 1 h"),
        (86_400 * 99.999, "100 d"),
        (86_400 * 1500, "1,500 d"),
        (-12_000, "-3 h 20 min"),
    ],
)
def test_seconds_are_said_by_their_two_largest_units(seconds: float, text: str) -> None:
    assert formatted(seconds, "duration").replace("\xa0", " ") == text


@given(
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False))
)
def test_whatever_number_it_is_is_said(seconds: float) -> None:
    assert len(formatted(seconds, "duration")) < 30


def test_a_column_of_numbers_may_have_it() -> None:
    assert problem_with("duration") is None and problem_with("currency") is None
    assert "Did you mean 'duration'" in str(problem_with("durations"))
    assert formatted(1204.567, "currency") == "1,204.57"
