"""What a filter looks for is found by the index of the search, and no row is lost by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app.queries import planning
from collections_app.queries.matching import matches
from collections_app.queries.phrases import PARTS, Phrase, phrases_of
from collections_app.queries.planning import FREE, Plan
from collections_app.queries.query import Query
from collections_app.queries.shapes import as_search, parts_of
from collections_app.queries.text import fold, same_when_folded
from collections_app.queries.tree import Compare
from collections_app.queries.words import fold_words
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.test_text import NEWER
from tests.testapp.declared.collections import everything, letters

ANN, BOB = Identity(user_id="1"), Identity(user_id="2")
SQLITE = connection.vendor == "sqlite"
# Letters that join, are joined, change places, and become others: Latin, Greek, Korean, Japanese, Hindi.
JOINING = [*"aehijtwyAEHIJTWYßİıſﬁ\u212a%_\\'\"*( \n5=½´", "ss", "ｶ", "\uff9e", "か", "\u3099", "ते", "\u094d"]
JOINING += [
    *"\u0301\u0307\u0323\u030c\u0331\u0338\u0345",
    *"αηιωΣςᾳῃͺΐ",
    *"가각시\u1109\u1161\u11ab",
    "é",
    "🎉",
]
ANY = st.characters(exclude_categories=["Cs", "Cn"], exclude_characters=["\0", *NEWER])
TEXTS = st.lists(st.one_of(st.sampled_from(JOINING), ANY), max_size=6).map("".join)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """A count that another test took says nothing here."""
    planning._counts.cache_clear()
    planning._are_met.cache_clear()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kettle 5", (Phrase("kettle 5"),)),
        ("kettle", (Phrase("kettl"),)),  # an accent may stand behind the last one
        ("100%", (Phrase("100%"),)),
        ("Straße", (Phrase("strass"),)),
        ("ﬁx", (Phrase("fi", ("x", "ẋ", "ẍ")),)),
        ("ab=", (Phrase("ab", ("=", "≠")),)),
        ("東京都", (Phrase("東京都"),)),
        ("नमस्ते दुनिया", (Phrase("नमस"), Phrase("ते दुनिया"))),  # nothing is said across what joins
        ("특별시", (Phrase("특별", tuple(map(chr, range(ord("시"), ord("시") + 28)))),)),
        ("ab", ()),
        ("東京", ()),
        ("ᾳᾳᾳ", ()),
        ("a\0bc", ()),
        ("abc\ud800", ()),
        ("x1" * 500, (Phrase("x1" * 50),)),
    ],
)
def test_what_is_sure_to_stand_in_the_folded_text(text: str, found: tuple[Phrase, ...]) -> None:
    assert phrases_of(text) == found


def stands(phrase: Phrase, text: str) -> bool:
    return any(phrase.stem + end in text for end in phrase.ends or ("",))


@settings(max_examples=400, deadline=None)
@given(before=TEXTS, needle=TEXTS, after=TEXTS, data=st.data())
@example("", "J", "", None)
@example("ta", "tar", "\u0301", None)
@example("", "\u0301ﾵ\ue971\u1fc3", "\u0301", None)
def test_it_stands_in_every_text_that_holds_it(before: str, needle: str, after: str, data: Any) -> None:
    held = needle
    if data is not None:
        cases = (sorted(same_when_folded().get(one, {one})) for one in needle)
        held = "".join(data.draw(st.sampled_from(each)) for each in cases)
        assert fold(held) == fold(needle)
    folded = fold_words(before + held + after)
    assert [phrase for phrase in phrases_of(needle) if not stands(phrase, folded)] == []


def every_way(query: Query) -> list[list[str]]:
    """The rows as the planner finds them, as the index of words does, and as nothing does."""
    (part,) = parts_of(query.node)
    by_words = as_search(part, everything.declaration)
    plans = [None, FREE]
    if SQLITE and by_words is not None:
        plans += [Plan((by_words,), sorts=True, search=by_words), planning.WALK]
    return [sorted(row.id for row in query.rows(plan=plan)) for plan in plans]


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.tuples(TEXTS, TEXTS, TEXTS),
    cut=st.tuples(st.integers(0, 3), st.integers(3, 9)),
    key=st.sampled_from(["text", "tags"]),
)
@example(("ta", "r", "\u0301"), (0, 3), "text")
@example(("50% o", "ff_\\", "'\""), (1, 9), "tags")
def test_the_same_rows_as_plain_python_finds(parts: tuple[str, ...], cut: tuple[int, int], key: str) -> None:
    everything.delete_many({}, confirm_all=True)
    whole = "".join(parts)
    documents = [{"text": whole}, {"text": whole.swapcase()}, {"tags": [whole, "y"]}, {"email": whole}]
    with opened(EVERY_SCOPE):
        made = everything.model
        made.objects.bulk_create(made(scope_key="app", data=one) for one in documents)
        rows = list(made.objects.values_list("public_id", "data"))
    needle = whole[cut[0] : cut[1]]
    for operator in sorted(PARTS):
        node = Compare((key,), operator, needle)  # type: ignore[arg-type]
        expected = sorted(str(id) for id, data in rows if matches(node, data))
        for found in every_way(Query(everything, node)):
            assert found == expected, (node, documents)


@pytest.mark.django_db
class TestFilter:
    @pytest.fixture(autouse=True)
    def documents(self) -> None:
        everything.insert_many({"text": f"The Kettle {n}" if n % 3 else f"pan {n}"} for n in range(30))

    @pytest.mark.parametrize("lookup", ["icontains", "istartswith", "contains", "endswith", "iexact"])
    def test_updates_and_deletes_what_it_finds(self, lookup: str) -> None:
        typed = {"istartswith": "the ket", "endswith": "ettle 1", "iexact": "THE KETTLE 1"}.get(
            lookup, "Kettle"
        )
        query = everything.filter(**{f"text__{lookup}": typed})
        there = len(query.rows())
        assert there == (1 if typed.endswith("1") else 20)
        assert (query.count(), query.count(limit=7), query.exists()) == (there, min(7, there), True)
        assert everything.exclude(**{f"text__{lookup}": typed}).count() == 30 - there
        assert query.update({"text": "The Kettle was here"}).modified == there
        assert everything.filter(text__icontains="was here").delete().deleted == there
        assert (everything.count(), query.count()) == (30 - there, 0)

    def test_a_row_whose_text_is_not_made_yet_is_found_all_the_same(self) -> None:
        row = everything.insert_one({"text": "sieve"})
        with opened(EVERY_SCOPE):
            everything.model.objects.filter(public_id=row.id).update(data={"text": "colander"})
        for typed, found in (("colander", [row.id]), ("sieve", [])):
            ways = every_way(everything.filter(text__icontains=typed))
            assert ways == [found] * len(ways)
        assert everything.search("colander").count() == 0

    def test_what_was_counted_is_not_counted_again(self) -> None:
        query = everything.filter(text__icontains="kettle").order_by("-number").limit(5)
        query.rows()
        with CaptureQueriesContext(connection) as taken:
            query.rows()
        assert len(taken) == 1


@pytest.mark.django_db
def test_nobody_elses_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SMALL", 0)
    for identity, count in ((ANN, 3), (BOB, 5)):
        with acting_as(identity):
            letters.insert_many({"subject": "shared kettle", "tags": ["Kettles"]} for _ in range(count))
    for identity, count in ((ANN, 3), (BOB, 5)):
        with acting_as(identity):
            for key in ("subject", "tags"):
                query = letters.filter(**{f"{key}__icontains": "KETTLE"}).order_by("-priority")
                assert (query.count(), len(query.rows()), len(query.page(size=50))) == (count, count, count)
    assert letters.across_scopes().filter(subject__icontains="KETTLE").count() == 8
    assert len(letters.across_scopes().filter(subject__icontains="KETTLE").order_by("priority").rows()) == 8
    assert letters.in_scope_of(BOB).filter(subject__icontains="KETTLE").count(limit=4) == 4
