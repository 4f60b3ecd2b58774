from __future__ import annotations

import contextlib
import enum
import json
import time
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from capsule.json_values import InvalidJSON, Limits, clean_json, clean_text, dumps, instant, parse_json


class Color(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"n": 1}', {"n": 1}),
        ('["\\u00e9", null, true, -1.5e3]', ["é", None, True, -1500.0]),
        (b'"text"', "text"),
        (b" 9007199254740991 ", 9007199254740991),
    ],
)
def test_it_parses_json(raw: bytes | str, value: Any) -> None:
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"   ", "not JSON"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"NaN", "NaN"),
        (b"Infinity", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"1e999", "too large"),
        (b"-1e999", "too large"),
        (b"9007199254740992", "lose digits"),
        (b"-9007199254740992", "lose digits"),
        (b"9" * 5000, "not JSON"),
        (b"[" * 100_000, "nested"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b'{"a":' * 100_000, "nested"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": 1, "\\u0061": 2}', "twice"),
        ('{"e\u0301": 1, "\u00e9": 2}'.encode(), "twice"),
        (b'"\\u0000"', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b'"\xff"', "UTF-8"),
        (json.dumps("x" * (1024 * 1024)).encode(), "larger"),
        (json.dumps({str(n): n for n in range(1001)}).encode(), "1,000 keys"),
        (json.dumps([0] * 1001).encode(), "1,000 keys"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_it_refuses_what_a_database_or_a_browser_would_lose(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidJSON, match=reason):
        parse_json(raw)


def test_a_repeated_key_among_very_many_is_found_at_once() -> None:
    pairs = [f'"k{number}":0' for number in range(90_000)] + ['"last":0', '"last":0']
    started = time.process_time()
    with pytest.raises(InvalidJSON, match="last: This key stands twice"):
        parse_json("{" + ",".join(pairs) + "}", Limits(size=10_000_000))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("key", ["a.b", "$where", '"', "%s", "__proto__", "toString", "0", "-1", "", "'; --"])
def test_odd_keys_are_only_keys(key: str) -> None:
    assert parse_json(json.dumps({key: 1})) == {key: 1}


def test_bidirectional_text_and_emoji_are_text() -> None:
    text = "\u202eabc\u202c \U0001f600"
    assert parse_json(json.dumps({"t": text})) == {"t": text}


def test_keys_are_brought_to_one_form() -> None:
    assert clean_json({"e\u0301": 1}) == {"\u00e9": 1}


def test_an_error_names_the_place_however_long_it_is() -> None:
    with pytest.raises(InvalidJSON) as caught:
        clean_json({"meta": [{"plan": float("nan")}]})
    assert caught.value.path == "meta.0.plan"
    assert str(caught.value) == "meta.0.plan: NaN and Infinity are not JSON numbers."
    with pytest.raises(InvalidJSON) as caught:
        clean_json({"k" * 500_000: {"x": b"bytes"}})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00.000000Z"),
        (Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (mark_safe("<b>"), "<b>"),  # noqa: S308 - a subclass of str
        ((1, [2]), [1, [2]]),
        (True, True),
        (0.1, 0.1),
    ],
)
def test_pythons_values_become_jsons(value: object, cleaned: object) -> None:
    result = clean_json({"v": value})["v"]
    assert result == cleaned
    assert type(result) is type(cleaned)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("Infinity"),
        2**53,
        -(2**53),
        [10**5000],
        b"bytes",
        {1, 2},
        object(),
        {1: "a"},
        {None: "a"},
        "\0",
        "\ud800",
        datetime(2026, 1, 1),  # noqa: DTZ001 - that is the point
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_what_cannot_be_json_is_refused_wherever_it_stands(value: object) -> None:
    for whole in (value, [value], {"a": {"b": [value]}}):
        with pytest.raises(InvalidJSON):
            clean_json(whole)


def test_a_structure_that_contains_itself_is_too_deep() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(InvalidJSON, match="deeper"):
        clean_json(circle)


@pytest.mark.parametrize(
    "value",
    [
        {f"k{n}": "x" * 250 for n in range(300)},  # flat, each value short
        {"k" * 70_000: 1},  # a long key
        {f"k{n}": "\x01" * 60 for n in range(200)},  # six bytes a character
        {f"k{n}": "\U0001f600" * 100 for n in range(200)},
        ["x" * 100 for _ in range(700)],
        "x" * 66_000,
        "\x01" * 11_000,
        {"a": {"b": "x" * 66_000}},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_no_shape_slips_past_the_limit_of_size(value: object) -> None:
    limits = Limits(size=64 * 1024)
    assert len(dumps(value)) > limits.size
    with pytest.raises(InvalidJSON, match="larger than 65,536 bytes"):
        clean_json(value, limits)


def test_exactly_as_large_as_allowed_is_allowed() -> None:
    limits = Limits(size=1000)
    assert clean_json("x" * 998, limits) == "x" * 998
    with pytest.raises(InvalidJSON):
        clean_json("x" * 999, limits)


keys = st.text("abc$.é", max_size=4)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_is_clean_stays_as_it_is_and_survives_the_journey(value: Any) -> None:
    cleaned = clean_json(value)
    assert cleaned == value
    assert parse_json(dumps(cleaned)) == cleaned


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_one_kind_of_error(raw: bytes) -> None:
    with contextlib.suppress(InvalidJSON):
        parse_json(raw)


@given(st.text(max_size=50))
def test_any_text_is_storable_or_refused(text: str) -> None:
    try:
        clean_text(text).encode()
    except InvalidJSON:
        assert "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


moments = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]),
)


@given(moments, moments)
def test_the_order_of_instants_as_text_is_times_order(first: datetime, second: datetime) -> None:
    assert (instant(first) < instant(second)) == (first < second)
    assert len(instant(first)) == 27


def test_a_key_too_long_to_be_brought_to_one_form_is_refused() -> None:
    # Marks out of order take time that grows with the square of their number.
    key = "a" + "\u0301" * 250 + "\u0316" * 250
    with pytest.raises(InvalidJSON, match="longer than 500 characters"):
        clean_json({key: 1})
    assert clean_json({"é" * 500: 1}) == {"é" * 500: 1}
