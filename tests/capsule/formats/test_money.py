"""Amounts are exact, and written as the language writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from capsule.formats.money import currency_of, currency_writer, rounded

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [
        ("en", "EUR", "€1,204.50"),
        ("en", "CHF", f"CHF{SPACE}1,204.50"),
        ("en", "JPY", "¥1,204.5"),
        ("en", "KWD", f"KWD{SPACE}1,204.500"),
        ("en", None, "1,204.50"),
        ("en", "₿", "₿1,204.50"),
        ("de", "EUR", f"1.204,50{SPACE}€"),
        ("de", "USD", f"1.204,50{SPACE}$"),
        ("de", None, "1.204,50"),
        ("fr", "EUR", f"1{SPACE}204,50{SPACE}€"),
        ("ar", "EUR", f"\u200f1,204.50{SPACE}€"),
        ("hi", "INR", "₹1,204.50"),
        ("pt-br", "BRL", f"R${SPACE}1.204,50"),
        ("zh-hans", "CNY", "¥1,204.50"),
        ("xx", "EUR", "€1,204.50"),
    ],
)
def test_the_sign_stands_where_the_language_puts_it(language: str, currency: str | None, text: str) -> None:
    with translation.override(language):
        assert currency_writer(currency)("1204.5") == text


@pytest.mark.parametrize(
    ("language", "text"), [("en", "-€3.00"), ("de", f"-3,00{SPACE}€"), ("ar", f"\u200f-3.00{SPACE}€")]
)
def test_what_is_owed_has_its_minus(language: str, text: str) -> None:
    with translation.override(language):
        assert currency_writer("EUR")("-3") == text


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**20), max_value=10**20),
    st.sampled_from(["en", "de", "ar", "hi"]),
)
def test_no_digit_is_lost(amount: Decimal, language: str) -> None:
    with translation.override(language):
        written = currency_writer("EUR")(f"{amount:f}")
    digits = "".join(filter(str.isdigit, f"{abs(amount):f}"))
    assert "".join(filter(str.isdigit, written)) == digits


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (0.1 + 0.2, "EUR", "0.30"),
        (Decimal("12.345"), "EUR", "12.34"),
        (1204.5, "JPY", "1204"),
        (5, "KWD", "5.000"),
        (-0.001, "EUR", "-0.00"),
    ],
)
def test_a_sum_is_rounded_to_the_digits_of_its_currency(
    value: float | Decimal, currency: str, text: str
) -> None:
    assert rounded(value, currency) == text


@pytest.mark.parametrize(
    ("format", "currency"),
    [
        ("EUR", "EUR"), ("currency:EUR", "EUR"), ("€", "€"), ("ABC", None), ("eur", None), ("", None),
        ("currency:", None), ("$$", None), ("x", None), ("EURO", None),
    ],
)  # fmt: skip
def test_a_currency_is_an_iso_code_or_a_sign(format: str, currency: str | None) -> None:
    assert currency_of(format) == currency
