"""Patterns of dates: Django's letters, and a hint to whoever wrote another language's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import dateformat, translation
from hypothesis import given
from hypothesis import strategies as st

from capsule.formats.dates import date_writer, problem_with

MOMENT = datetime(2026, 3, 5, 9, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("pattern", ["j M Y", "d.m.Y, H:i:s", "N j, Y", "D d", r"\a\t H:i", "jS F", "c"])
def test_it_writes_what_django_writes(pattern: str, language: str) -> None:
    with translation.override(language):
        assert date_writer(pattern)(MOMENT) == dateformat.format(MOMENT, pattern)


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["j M Y", "Y-m-d", "F n"]))
def test_of_every_day(day: date, pattern: str) -> None:
    assert date_writer(pattern)(day) == dateformat.format(day, pattern)


@pytest.mark.parametrize("format", ["relative", "date", "datetime", "j M Y", "Ymd", "H:i", r"\a\t H:i"])
def test_a_format_of_the_grammar_has_no_problem(format: str) -> None:
    assert problem_with(format) is None


@pytest.mark.parametrize(
    ("format", "hint"),
    [
        ("DD.MM.YYYY", "Did you mean 'd.m.Y'?"),
        ("yyyy-mm-dd HH:mm", "Did you mean 'Y-m-d H:i'?"),
        ("%d.%m.%Y", "Did you mean 'd.m.Y'?"),
        ("%B %Y", "Did you mean 'F Y'?"),
        ("relativ", "Did you mean 'relative'?"),
        ("Q", "it has no Q"),
        ("...", "no part of a date"),
        (" ", "empty"),
    ],
)
def test_another_says_what_was_meant(format: str, hint: str) -> None:
    assert hint in (problem_with(format) or "")
