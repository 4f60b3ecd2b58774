"""Questions about text mean the same on both databases, beyond ASCII, and ``%`` and ``_`` are plain."""

from __future__ import annotations

import sys
from threading import Thread
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.core.checks import CheckMessage
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collections_app import checks
from collections_app.queries import conditions
from collections_app.queries.dialects import DIALECTS, Value
from collections_app.queries.patterns import Pattern
from collections_app.queries.sql import Sql
from collections_app.queries.text import FOLDED_FIRST, fold, same_when_folded
from collections_app.queries.tree import Compare, Operator

pytestmark = pytest.mark.django_db

DIALECT = DIALECTS[connection.vendor]
TEXT = "%s" if connection.vendor == "sqlite" else '%s::text COLLATE "C"'
EVERY_CHARACTER = [chr(point) for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
# Letters that got a second case after the Unicode 14 of Python 3.11: newer Pythons and ICUs know of them.
NEWER = {*map(chr, [0x19B, 0x264, 0x1C89, 0xA7CB, 0xA7CC, 0xA7DA, 0xA7DC, *range(0x10D50, 0x10D66)])}

OPERATORS: tuple[Operator, ...] = (
    "contains",
    "startswith",
    "endswith",
    "iexact",
    "icontains",
    "istartswith",
    "iendswith",
)
PYTHON: dict[str, Any] = {
    "contains": lambda text, needle: needle in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "exact": str.__eq__,
}


def asked(sql: Sql) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql.text}", sql.params)
        return cursor.fetchone()[0]


def folded(text: Any) -> Any:
    """What the database folds a text to."""
    return asked(DIALECT.folded(Sql(TEXT, (text,))))


def holds(text: str, operator: Operator, needle: Any) -> bool:
    """Whether a JSON string fulfils a comparison, in the database."""
    if connection.vendor == "sqlite":
        value = Value(Sql("'text'"), Sql("%s", (text,)))
    else:
        value = Value(Sql("'string'"), Sql("to_jsonb(%s::text)", (text,)))
    return bool(asked(conditions.test(DIALECT, value, Compare(("key",), operator, needle))))


def test_the_whole_of_unicode_folds_the_same() -> None:
    # Side by side, with a space: SQLite and PostgreSQL take some megabytes at once.
    its_own = folded(" ".join(EVERY_CHARACTER)).split(" ")
    ours = [fold(character) for character in EVERY_CHARACTER]
    del ours[EVERY_CHARACTER.index(" ")]
    others = [character for character in EVERY_CHARACTER if character != " "]
    found = [one for one in its_own if one]
    differing = {c for c, mine, its in zip(others, ours, found, strict=True) if mine != its}
    assert differing <= NEWER


def test_each_character_folds_to_one_whatever_stands_beside_it() -> None:
    groups = same_when_folded()
    beside = fold("".join(f"A{character}B{character}Σ" for character in EVERY_CHARACTER))
    for at, character in enumerate(EVERY_CHARACTER):
        folded = fold(character)
        if folded != character:
            assert fold(folded) == folded and {character, folded} <= groups[character]
        if beside[5 * at : 5 * at + 5] != f"a{folded}b{folded}σ":
            pytest.fail(f"{character!r} folds to {folded!r} alone only")
    assert all(fold(character) == folded for character, folded in FOLDED_FIRST.items())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters=["\0", *NEWER])))
def test_any_text_folds_the_same(text: str) -> None:
    assert folded(text) == fold(text)


ALPHABET = "aAbB%_\\'\"éÉßẞΣςσİiIıǅ😀e\u0301 \n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(ALPHABET, max_size=8), st.text(ALPHABET, max_size=3), st.data())
def test_every_operator_answers_as_python_does(text: str, other: str, data: Any) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : start + data.draw(st.integers(0, 4))]
    for needle in (other, part, part.swapcase(), text):
        for operator in OPERATORS:
            ignoring = operator.startswith("i")
            expected = PYTHON[operator.removeprefix("i")](
                *(map(fold, (text, needle)) if ignoring else (text, needle))
            )
            assert holds(text, operator, needle) == expected, (operator, needle)


@pytest.mark.parametrize(
    ("operator", "text", "needle", "expected"),
    [
        ("contains", "50% off", "0% o", True),
        ("contains", "500 off", "0% o", False),
        ("startswith", "a_b", "a_", True),
        ("startswith", "axb", "a_", False),
        ("endswith", "100%", "%", True),
        ("endswith", "100", "%", False),
        ("endswith", "ab", "xab", False),
        ("contains", "Ärger", "ärger", False),
        ("icontains", "Der ÄRGER", "ärger", True),
        ("icontains", "İSTANBUL", "istanbul", True),
        ("icontains", "ΟΔΟΣ ΟΔΟΣΑ", "οδος α".replace(" ", ""), True),
        ("iendswith", "ΟΔΟΣ", "οδοσ", True),
        ("iexact", "STRASSE", "straße", False),
        ("iexact", "", "", True),
        ("istartswith", "Ǆ", "ǆ", True),
    ],
)
def test_what_people_search_for(operator: Operator, text: str, needle: str, expected: bool) -> None:
    assert holds(text, operator, needle) is expected


def test_null_is_no_answer() -> None:
    assert folded(None) is None
    assert asked(DIALECT.matches(Sql(TEXT, (None,)), Pattern.parse("a"))) is None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="They are SQLite's.")
class TestFunctionsOfSQLite:
    @pytest.mark.parametrize("value", [1, 1.5, b"a", None])
    def test_what_is_not_text_has_no_answer(self, value: Any) -> None:
        assert asked(Sql("capsule_fold(%s)", (value,))) is None
        assert asked(Sql("capsule_matches('a', %s)", (value,))) is None
        assert asked(Sql("capsule_matches(%s, 'a')", (value,))) is None
        assert asked(Sql("capsule_same_json(%s, '[null]')", (value,))) is None

    def test_every_connection_has_them(self) -> None:
        found: list[Any] = []

        def work() -> None:
            found.append(asked(Sql("capsule_fold('Ä')")))
            connection.close()

        thread = Thread(target=work)
        thread.start()
        thread.join()
        assert found == ["ä"]

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ('{"a": 1, "b": [2]}', '{"b": [2.0], "a": 1}', True),
            ("[1, 2]", "[2, 1]", False),
            ("[true]", "[1]", False),
            ('{"a": null}', "{}", False),
            ("[0]", "[false]", False),
            ('["1"]', "[1]", False),
        ],
    )
    def test_json_is_the_same_by_value(self, one: str, other: str, same: bool) -> None:
        assert bool(asked(Sql("capsule_same_json(%s, %s)", (one, f"[5, {other}]")))) is same


def problems() -> list[CheckMessage]:
    return checks.check_postgresql(databases=["default"])


def test_a_postgresql_without_icu_is_found_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems() == []
    monkeypatch.setattr(checks, "ICU", "und-x-missing")
    expected = ["collections_app.E011"] if connection.vendor == "postgresql" else []
    assert [one.id for one in problems()] == expected


def test_a_database_of_another_encoding_is_found_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of a stand-in: no PostgreSQL of the suites is encoded otherwise."""
    cursor = MagicMock()
    cursor.__enter__.return_value.fetchone.return_value = (1, "LATIN1")
    other = MagicMock(vendor="postgresql", cursor=lambda: cursor)
    monkeypatch.setattr(checks, "connections", {"default": other})
    (found,) = problems()
    assert found.id == "collections_app.E012" and "ENCODING 'UTF8'" in str(found.hint)
