"""Ranges of days: named ones that move with today, and fixed ones with ends that may be open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from capsule import DateRange
from capsule.date_ranges import NAMES, in_words
from capsule.digests import digest_of

DAY = date(2026, 3, 1)  # a Sunday, in whose week February ends


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", DAY, DAY),
        ("yesterday", date(2026, 2, 28), date(2026, 2, 28)),
        ("last-7-days", date(2026, 2, 23), DAY),
        ("last-1-days", DAY, DAY),
        ("this-week", date(2026, 2, 23), DAY),
        ("last-week", date(2026, 2, 16), date(2026, 2, 22)),
        ("this-month", DAY, date(2026, 3, 31)),
        ("last-month", date(2026, 2, 1), date(2026, 2, 28)),
        ("this-year", date(2026, 1, 1), date(2026, 12, 31)),
        ("last-year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_named_one_moves_with_today(name: str, start: date, end: date) -> None:
    assert tuple(DateRange.named(name)) == (start, end)
    assert in_words(name)


def test_every_name_has_a_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    for now in (datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        for name in NAMES:
            start, end = DateRange.named(name)
            assert start is not None and end is not None and start <= end


def test_what_was_drawn_yesterday_is_another_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    before, same = digest_of(DateRange.last(7)), DateRange.last(7)
    assert digest_of(same) == before
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert digest_of(same) != before and same == DateRange.last(7)


days = st.none() | st.dates()


@given(days, days)
def test_what_an_address_carries_comes_back(start: date | None, end: date | None) -> None:
    if start is not None and end is not None and start > end:
        start, end = end, start
    made = DateRange(start, end)
    assert DateRange.of(made.written()) == made and hash(DateRange.of(made)) == hash(made)
    for day in (start, end):
        assert day is None or day in made
    assert made.until is None or made.until > (made.end or date.max)


@pytest.mark.parametrize(
    "value",
    ["fortnight", "last-0-days", "last-99999-days", "last--1-days", "2026-02-30", "20260201", "LAST-7-DAYS",
     ["2026-01-01", "2026-01-02", "2026-01-03"], ["2026-01-02", "2026-01-01"], ["x", ""], [7], 7, [["today"]],
     "last-٧-days"],
)  # fmt: skip
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        DateRange.of(value)


def test_an_open_end_has_everything_beyond() -> None:
    assert date.min in DateRange(None, DAY) and date.max in DateRange(DAY)
    assert DateRange.of("") == DateRange() and DateRange.of(["", ""]) == DateRange()
    assert (
        DateRange.of("2026-03-01") == DateRange(DAY, DAY)
        and repr(DateRange.last(7)) == "DateRange.named('last-7-days')"
    )
