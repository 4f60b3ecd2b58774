"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from capsule.errors import BadInput
from capsule.formats.numbers import DASH, LEGAL, Number, formatted, number_writer, problem_with


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (0, "number", "0"),
        (-0.0, "number", "0"),
        (1234567, "number", "1,234,567"),
        (-1234.5, "number", "-1,234.5"),
        (1234.567, "number", "1,234.57"),
        (99.999, "number", "100"),
        (0.001234, "number", "0.00123"),
        (1e-20, "number", "1.00e-20"),
        (1e20, "number", "1.00e+20"),
        pytest.param(10**5000, "number", "1.00e+5000", id="5000 digits"),
        (Decimal("12.50"), "number", "12.5"),
        (None, "number", DASH),
        (float("nan"), "number", DASH),
        (float("-inf"), "bytes", DASH),
        (Decimal("NaN"), "percent", DASH),
        (0.97, "percent", "97%"),
        (0.12345, "percent", "12.3%"),
        (12.5, "percent", "1,250%"),
        (1e-20, "percent", "0%"),
        (0, "bytes", "0 B"),
        (1023, "bytes", "1,023 B"),
        (1536, "bytes", "1.5 KiB"),
        (1_234_567, "bytes", "1.2 MiB"),
        (123_456_789, "bytes", "118 MiB"),
        (1234.5, "currency:EUR", "€1,234.50"),
        (Decimal("-1234.5"), "currency:USD", "-$1,234.50"),
        (-0.001, "currency:EUR", "€0.00"),
        (1234, "currency:JPY", "¥1,234"),
        (5, "currency:CHF", "CHF 5.00"),
    ],
)
def test_a_number_is_written_as_people_read_it(value: Number | None, format: str, text: str) -> None:
    assert formatted(value, format).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    ("language", "number", "ratio", "size"),
    [
        ("en", "1,234,567.89", "97.3%", "1.3 GiB"),
        ("de", "1.234.567,89", "97,3 %", "1,3 GiB"),
        ("fr", "1 234 567,89", "97,3 %", "1,3 GiB"),
        ("hi", "12,34,567.89", "97.3%", "1.3 GiB"),
        ("ar", "1,234,567.89", "97.3%", "1.3 GiB"),
        ("xx", "1,234,567.89", "97.3%", "1.3 GiB"),
    ],
)
def test_the_separators_are_the_languages(language: str, number: str, ratio: str, size: str) -> None:
    with override(language):
        assert formatted(1234567.891).replace("\xa0", " ") == number
        assert formatted(0.973, "percent").replace("\xa0", " ") == ratio
        assert formatted(1377557908, "bytes") == size


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (1234.5, "0.00", "1,234.50"),
        (1234.5, "0", "1,234"),
        (-0.001, "0.00", "0.00"),
        (2**60 + 1, "0.0", "1,152,921,504,606,846,977.0"),
        (0.5, "0%", "50%"),
        (0.12345, "0.00%", "12.35%"),
        (2026, "plain", "2026"),
        (1234.5, "EUR", "€1,234.50"),
        (1024, "bytes", "1.0 KiB"),
    ],
)
def test_a_pattern_says_how_many_decimals(value: Number, format: str, text: str) -> None:
    assert formatted(value, format) == text


def test_by_itself_a_writer_shows_every_digit() -> None:
    write = number_writer()
    assert [write(value) for value in (0.1 + 0.2, 1204, -0.0, Decimal("12.50"))] == [
        "0.3",
        "1,204",
        "0",
        "12.50",
    ]
    assert write(10**5000) == "1.00e+5000"
    with pytest.raises(ValueError, match="no format of a number"):
        number_writer("nope")


@pytest.mark.parametrize(
    ("format", "hint"),
    [
        (".2", "Did you mean 0.00?"),
        ("2", "Did you mean 0.00?"),
        ("%.2f", "Did you mean 0.00?"),
        (".1%", "Did you mean 0.0%?"),
        ("#,##0.00", "Did you mean 0.00?"),
        ("byte", "Did you mean 'bytes'?"),
        ("eur", "Did you mean EUR?"),
    ],
)
def test_another_format_says_what_was_meant(format: str, hint: str) -> None:
    assert hint in (problem_with(format) or "")


@pytest.mark.parametrize("format", ["", "Number", "currency:", "currency:eur", "currency:EURO", "<b>"])
def test_an_unknown_format_names_the_legal_ones(format: str) -> None:
    with pytest.raises(BadInput) as caught:
        formatted(1, format)
    assert caught.value.fields == {"format": [f"Use one of: {LEGAL}."]}


@given(
    st.integers() | st.floats() | st.decimals(),
    st.sampled_from(["number", "percent", "bytes", "currency:EUR", "currency:JPY"]),
)
def test_any_number_has_a_short_text(value: Number, format: str) -> None:
    assert 0 < len(formatted(value, format)) < 40
