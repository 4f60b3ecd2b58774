"""What each type lets in, and as what."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from capsule.json_values import clean_json
from collections_app.columns import column_type_of
from collections_app.declarations import COLUMN_TYPES, Column

FILE = {"_type": "file", "id": "0" * 32, "label": "a.pdf", "size": 5, "type": "application/pdf"}
GOOD: list[tuple[str, Any, Any]] = [
    ("text", "abc", "abc"),
    ("text", "", ""),
    ("text", "é", "é"),
    ("text", 5, "5"),
    ("text", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ("number", 5, 5),
    ("number", "5", 5),
    ("number", " 5.5 ", 5.5),
    ("number", "1e3", 1000),
    ("number", Decimal("0.1"), 0.1),
    ("number", "", None),
    ("currency", "10.50", "10.5"),
    ("currency", "10.5", "10.5"),
    ("currency", 10, "10"),
    ("currency", 0.1, "0.1"),
    ("currency", Decimal("1E+5"), "100000"),
    ("currency", "-0", "0"),
    ("currency", "-0.00", "0"),
    ("currency", "+7", "7"),
    ("currency", "9" * 30, "9" * 30),
    ("date", date(2026, 11, 23), "2026-11-23"),
    ("date", "2026-11-23", "2026-11-23"),
    ("date", datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00.000000Z"),
    ("date", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000Z"),
    ("date", "2026-11-23T12:00+02:00", "2026-11-23T10:00:00.000000Z"),
    ("link", "https://example.com/a?b", "https://example.com/a?b"),
    ("link", " http://example.com ", "http://example.com"),
    ("link", "mailto:a@b.co", "mailto:a@b.co"),
    ("link", "tel:+49-30-1", "tel:+49-30-1"),
    ("link", "/here", "/here"),
    ("link", "ftp://ftp.gnu.org/gnu/", "ftp://ftp.gnu.org/gnu/"),
    ("email", "ana.b+c@example.co.uk", "ana.b+c@example.co.uk"),
    ("email", "ana@münchen.example", "ana@münchen.example"),
    ("file", FILE, FILE),
    ("status", "new", "new"),
    ("tags", ["a", "b", "a", ""], ["a", "b"]),
    ("tags", "a, b ,,a", ["a", "b"]),
    ("tags", frozenset({"a"}), ["a"]),
    ("tags", [], None),
    ("boolean", True, True),
    ("boolean", "yes", True),
    ("boolean", "FALSE", False),
    ("boolean", 0, False),
    ("boolean", "1", True),
    ("number", -0.0, 0.0),
    ("number", "-0.0", 0),
    ("text", Decimal("1.50"), "1.50"),
    ("text", gettext_lazy("Yes"), "Yes"),
    ("score", 55, 55),
    ("score", "0", 0),
]
BAD: list[tuple[str, Any]] = [
    ("text", "a\0b"), ("text", "\ud800"), ("text", ["a"]), ("text", {"a": 1}), ("text", b"a"), ("text", True),
    ("text", "x" * 600_000), ("text", object), ("text", int), ("text", 1j), ("text", ValueError("a")),
    ("status", object), ("email", object),
    ("number", 2**53), ("number", "9" * 400), ("number", float("nan")), ("number", float("inf")),
    ("number", "NaN"),
    ("number", "Infinity"), ("number", "1e999"), ("number", "0.12345678901234567890123"), ("number", True),
    ("number", "1_000"), ("number", "٣"), ("number", "abc"), ("number", [1]), ("number", "1" * 5000),
    ("number", Decimal("NaN")), ("number", "0x10"),
    ("currency", "9" * 31), ("currency", "1e999"), ("currency", Decimal("1E+999999")),
    ("currency", float("nan")),
    ("currency", "abc"), ("currency", True), ("currency", "1,5"), ("currency", Decimal("Infinity")),
    ("currency", "1_0"), ("currency", "sNaN"), ("currency", "0." + "1" * 31),
    ("date", "2026-13-01"), ("date", "2026-02-30"), ("date", "yesterday"), ("date", datetime(2026, 1, 1)),
    ("date", "2026-01-01T10:00"), ("date", "2026-01-01T99:00Z"), ("date", 5),
    ("date", "0001-01-01T00:00+14:00"),
    ("date", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))), ("date", "２０２６-01-01"),
    ("link", "javascript:alert(1)"), ("link", "JAVASCRIPT:alert(1)"), ("link", "javascript://x/%0aalert(1)"),
    ("link", "data:text/html,x"), ("link", "//evil.example"), ("link", "/\\evil.example"),
    ("link", "example.com"),
    ("link", "https://a@b.example"), ("link", "https://a.example/x y"),
    ("link", "https://x.example/" + "a" * 3000),
    ("link", "https://"), ("link", 5), ("link", "java\nscript:alert(1)"),
    ("email", "nobody"), ("email", "a@b@c.co"), ("email", "a@" + "b" * 300 + ".co"), ("email", "a b@c.co"),
    ("email", "a\0@b.co"), ("email", ["a@b.co"]),
    ("file", "x"), ("file", {"label": "x"}), ("file", {"_type": "file", "label": ["x"]}),
    ("file", {"_type": "file", "label": "x"}), ("file", {**FILE, "place": "x"}),
    ("file", {**FILE, "size": 2**40}),
    ("status", "other"), ("status", "x" * 200), ("status", ["new"]), ("status", "new\0"),
    ("tags", 5), ("tags", [["a"]]), ("tags", ["a" * 101]), ("tags", [str(n) for n in range(300)]),
    ("tags", ["a,b"]),
    ("tags", [None]), ("tags", ["\0"]), ("tags", {"a": 1}),
    ("boolean", "maybe"), ("boolean", 2), ("boolean", []), ("boolean", "x" * 1000),
    ("score", 101), ("score", -1), ("score", "x"),
]  # fmt: skip


def column(kind: str) -> Column:
    return Column("key", type=kind, options=["new", "open"] if kind == "status" else None)


def clean(kind: str, value: Any) -> Any:
    return column_type_of(column(kind)).clean(column(kind), value)


@pytest.mark.parametrize(("kind", "value", "stored"), GOOD, ids=lambda part: repr(part)[:30])
def test_it_takes_what_means_a_value(kind: str, value: Any, stored: Any) -> None:
    cleaned = clean(kind, value)
    assert cleaned == stored
    assert type(cleaned) is type(stored)
    assert clean(kind, cleaned) == cleaned, "what is stored is clean"


@pytest.mark.parametrize(("kind", "value"), BAD, ids=lambda part: repr(part)[:30])
def test_it_refuses_with_one_sentence(kind: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        clean(kind, value)
    assert len(caught.value.messages) == 1
    assert caught.value.messages[0].endswith(".")


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_none_is_missing(kind: str) -> None:
    assert clean(kind, None) is None
    assert clean(kind, "") in (None, "")


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(COLUMN_TYPES),
    value=st.one_of(
        st.text(), st.integers(), st.floats(), st.booleans(), st.decimals(), st.dates(), st.datetimes(),
        st.binary(),
        st.lists(st.text()), st.dictionaries(st.text(), st.text()), st.none(),
        st.datetimes(timezones=st.sampled_from([UTC])),
    ),
)  # fmt: skip
def test_anything_is_cleaned_to_json_or_refused(kind: str, value: Any) -> None:
    try:
        cleaned = clean(kind, value)
    except ValidationError:
        return
    json.dumps(cleaned, allow_nan=False)
    if kind != "file":
        assert clean_json(cleaned) == cleaned
        assert clean(kind, cleaned) == cleaned


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_money_keeps_every_digit(amount: Decimal) -> None:
    assert Decimal(clean("currency", amount)) == amount


@pytest.mark.parametrize("kind", [kind for kind in COLUMN_TYPES if kind not in ("text", "file")])
def test_a_filter_needs_a_value(kind: str) -> None:
    with pytest.raises(ValidationError):
        column_type_of(column(kind)).parse(column(kind), " ")


def test_a_filter_for_a_tag_is_one_tag() -> None:
    assert column_type_of(column("tags")).parse(column("tags"), "a") == "a"


def test_options_bind_every_type_that_has_them() -> None:
    priority = Column("priority", type="number", options=[1, 2])
    assert column_type_of(priority).clean(priority, "2") == 2
    with pytest.raises(ValidationError, match="1, 2"):
        column_type_of(priority).clean(priority, 3)


@pytest.mark.parametrize(
    ("kind", "options", "same", "other"),
    [
        ("text", ["a", "b"], "a", "c"),
        ("number", [1, 2], "2", 3),
        ("currency", ["9.9", "20"], Decimal("9.90"), 10),
        ("date", ["2026-11-23", "2026-11-23T10:00:00.000000Z"], "2026-11-23T11:00+01:00", "2026-11-24"),
        ("link", ["https://a.example"], " https://a.example", "https://b.example"),
        ("email", ["a@b.co"], " a@b.co", "b@b.co"),
        ("status", ["new"], "new", "open"),
        ("tags", ["a", "b"], ["b"], ["c"]),
        ("score", [1, 5], "5", 4),
    ],
)
def test_options_bind_every_type_that_takes_them(kind: str, options: Any, same: Any, other: Any) -> None:
    limited = Column("key", type=kind, options=options)
    type_of = column_type_of(limited)
    assert type_of.takes_options
    assert type_of.clean(limited, same) in (options[-1], options[0], [options[-1]])
    assert type_of.clean(limited, None) is None
    with pytest.raises(ValidationError, match="Choose one of"):
        type_of.clean(limited, other)
    assert "<select" in str(type_of.form_field(limited).widget.render("key", None))
    for option in options:
        assert type_of.form_field(limited).prepare_value(option) in (option, str(option)), (
            "the select finds it"
        )


def test_a_time_that_comes_from_a_picker_is_local() -> None:
    from django.utils import timezone as zones

    with zones.override("Europe/Paris"):
        field = column_type_of(column("date")).form_field(column("date"))
        assert field.clean("2026-11-23T11:00") == "2026-11-23T10:00:00.000000Z"
        assert field.prepare_value("2026-11-23T10:00:00.000000Z") == "2026-11-23T11:00"
        assert field.prepare_value("2026-99-99T10:00") == "2026-99-99T10:00"
        assert not field.has_changed("2026-11-23T10:00:00.123456Z", "2026-11-23T11:00")


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.000000Z", "9999-12-31T23:59:59-14:00"])
def test_a_moment_past_the_last_year_of_a_zone_is_shown_as_it_is(moment: str) -> None:
    from django.utils import timezone as zones

    with zones.override("Pacific/Kiritimati"):
        assert column_type_of(column("date")).form_value(column("date"), moment) == moment


@pytest.mark.parametrize("kind", ["text", "status", "email", "tags"])
def test_an_object_without_words_is_no_text(kind: str) -> None:
    with pytest.raises(ValidationError):
        clean(kind, [object()] if kind == "tags" else object())
