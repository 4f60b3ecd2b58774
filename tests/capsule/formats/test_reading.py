"""What a person types is read in the way in which their language writes it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from capsule.formats.money import currency_writer, units_of
from capsule.formats.numbers import number_writer
from capsule.formats.reading import plain_number, typed_number

LANGUAGES = ("en", "de", "fr", "de-ch", "hi")
AMOUNTS = st.decimals(-(10**15), 10**15, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("language", "typed", "plain"),
    [
        ("de", "145,13", "145.13"),
        ("de", "1.234,56", "1234.56"),
        ("de", "1234,56", "1234.56"),
        ("de", "145.13", "145.13"),  # two digits are no group
        ("de", "1.234", "1234"),
        ("de", "0.125", "0.125"),  # nor does a group begin with nothing
        ("de", "1234.567", "1234.567"),
        ("de", " -1.234.567,8 € ", "-1234567.8"),
        ("de", "12,50 EUR", "12.50"),
        ("de", "1,5e3", "1.5e3"),
        ("en", "1,234.56", "1234.56"),
        ("en", "1,234", "1234"),
        ("en", "-€1,204.50", "-1204.50"),
        ("en", "145.13", "145.13"),
        ("fr", "1 234,5", "1234.5"),
        ("hi", "12,34,567.5", "1234567.5"),
    ],
)
def test_a_number_is_read_as_its_language_writes_it(language: str, typed: str, plain: str) -> None:
    with translation.override(language):
        assert plain_number(typed, units_of("EUR")) == plain


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "145,13"), ("de", "1,2,3"), ("de", "1.23,4"), ("en", "many"), ("de", "٣")]
)
def test_what_is_no_number_stays_as_it_was_typed(language: str, typed: str) -> None:
    with translation.override(language):
        assert plain_number(typed) == typed


@given(st.sampled_from(LANGUAGES), AMOUNTS)
def test_whatever_is_shown_or_edited_is_read_back(language: str, amount: Decimal) -> None:
    plain = f"{amount:f}"
    with translation.override(language):
        assert Decimal(plain_number(typed_number(plain))) == amount
        assert Decimal(plain_number(currency_writer("EUR")(plain), units_of("EUR"))) == amount
        assert Decimal(plain_number(number_writer()(amount))) == amount


@given(st.sampled_from(LANGUAGES), st.floats(allow_nan=False, allow_infinity=False))
def test_an_editor_shows_every_float_so_that_it_is_read_back(language: str, number: float) -> None:
    with translation.override(language):
        assert float(plain_number(typed_number(str(number)))) == number
