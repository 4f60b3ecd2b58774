"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from capsule.errors import BadInput
from capsule.formats.numbers import DASH, LEGAL, Number, formatted


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


def test_the_separators_are_the_languages() -> None:
    with override("de"):
        assert formatted(1234567.891) == "1.234.567,89"


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
