"""Search: every word of what is typed, in any language, in the keys that are searched, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from collections_app import Count
from collections_app.errors import BadCursor, TooShort
from collections_app.handle import Collection
from collections_app.queries.matching import matches
from collections_app.queries.tree import Search
from collections_app.queries.words import words_of
from tests.collections_app.both.conftest import named

pytestmark = [pytest.mark.django_db, pytest.mark.differs]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("The kettle boils", "kettle"),
        ("The kettle boils", "KETT"),
        ("The kettle boils", "boils the"),  # every word, in any order
        ("Die Straße", "STRASSE"),
        ("Die Straße", "straße"),
        ("DIE STRASSE", "straße"),
        ("GROẞ", "gross"),
        ("İstanbul", "istanbul"),
        ("İSTANBUL", "İstanbul"),
        ("ISPARTA", "ısparta"),
        ("ısparta", "isparta"),
        ("caf\u00e9", "cafe\u0301"),
        ("cafe\u0301", "CAF\u00c9"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("λόγος", "ΛΌΓΟΣ"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("ﬁnance", "fin"),
        ("東京都庁", "京都庁"),
        ("서울특별시", "특별시"),
        ("👍🏽🎉🎉", "🏽🎉🎉"),
        ("नमस्ते दुनिया", "मस्ते"),
        ("100%_safe", "100%"),
        ("100%_safe", "%_s"),
        ("a\\b\\c", "\\b\\"),
        ('say "AND" OR NOT NEAR(x, 2)*', '"and" NEAR(x,'),
        ("col: body:x^2 {a b}", "body:x^2 {a"),
        ("it's; DROP TABLE--", "it's; table--"),
        ("one two", "o one"),  # a short word is looked for beside a long one
        ("tab\tand\nline", "tab line"),
    ],
)
def test_what_is_typed_is_found(text: str, typed: str, members: Collection) -> None:
    members.insert_many([{"name": "found", "notes": text}, {"name": "other", "notes": "neither of them"}])
    for query in (members.search(typed), members.search(typed).order_by("-seats").limit(9)):
        assert named(query) == ["found"]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("kettle", "kittle"),
        ("kettle", "ket tel"),  # each trigram of another word
        ("ketxettxttlxtle", "kettle"),  # all of its trigrams, and not the word
        ("kettle", "k_ttle"),
        ("kettle", "ket%"),
        ("kettle", "ket*"),
        ("kettle", '"kettle"'),
        ("kettle", "kettle OR"),
        ("café", "cafe"),
        ("日本語", "本日語"),
        ("a\\%b", "a%b"),
    ],
)
def test_and_nothing_else(text: str, typed: str, members: Collection) -> None:
    members.insert_one({"name": "x", "notes": text})
    assert members.search(typed).count() == 0 and members.search(typed).rows() == []


LETTERS = st.characters(max_codepoint=0x24FF, exclude_categories=["Cc", "Cs", "Cn", "Co"])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(LETTERS, min_size=3, max_size=20), st.text(LETTERS, max_size=6), st.data())
def test_it_finds_what_plain_python_finds(members: Collection, text: str, other: str, data: Any) -> None:
    at = data.draw(st.integers(0, len(text) - 3))
    typed = data.draw(st.sampled_from([text[at:], text[at:].upper(), text[at:].swapcase(), other]))
    try:
        words = words_of(typed)
    except ValueError:
        return
    members.delete_many({}, confirm_all=True)
    row = members.insert_one({"name": "x", "notes": text})
    node = Search(members.declaration.searched_keys, words)
    assert members.search(typed).exists() == matches(node, row)


def test_the_words_may_stand_in_different_keys_but_none_across_two(members: Collection) -> None:
    members.insert_one({"name": "kettle", "notes": "steam"})
    assert members.search("STEAM kettle").count() == 1
    assert members.search("kettlesteam").count() == members.search("steamkettle").count() == 0


def test_no_other_key_is_searched(members: Collection) -> None:
    members.insert_one({"name": "a", "email": "kettle@example.org", "secret": "kettle"})
    assert members.search("kettle").count() == 0


@pytest.mark.parametrize("typed", ["", "  ", "ab", "a b cd", "東京", "🎉", "\t", "é "])
def test_two_letters_are_too_few_and_it_is_said(typed: str, members: Collection) -> None:
    with pytest.raises(TooShort, match="at least 3 letters"):
        members.search(typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x" * 201, "200 characters"),
        (" ".join(f"w{n:02}" for n in range(21)), "20 words"),
        ("ab\0cd", "NUL"),
        ("abc\ud800", "surrogate"),
        (5, "not for a int"),
        (None, "not for a NoneType"),
        (["abc"], "not for a list"),
    ],
)
def test_what_cannot_be_looked_for_is_an_error(typed: Any, said: str, members: Collection) -> None:
    with pytest.raises(ValueError, match=said):
        members.search(typed)


def test_the_longest_question_is_answered(members: Collection) -> None:
    longest = "".join(map(chr, range(0x4E00, 0x4E00 + 200)))
    members.insert_one({"name": "x", "notes": longest})
    assert members.search(longest).count() == 1
    assert members.search(" ".join(chr(0x4E00 + n) * 3 for n in range(20))).count() == 0


# Beside all else ----------------------------------------------------------------------------------------


@pytest.fixture
def kettles(members: Collection) -> Collection:
    members.insert_many(
        {
            "name": f"kettle {n}" if n % 2 else f"pan {n}",
            "seats": n,
            "status": ("open", "closed")[n % 3 == 0],
        }
        for n in range(60)
    )
    return members


def test_filters_orders_limits_and_offsets(kettles: Collection) -> None:
    query = kettles.filter(status="closed").search("kettle").exclude(seats__gt=50)
    assert [row["seats"] for row in query.order_by("-seats").offset(1).limit(3)] == [39, 33, 27]
    assert kettles.search("kettle").search("kettle 1").order_by("seats").values("seats")[0] == {"seats": 1}
    assert kettles.all().search("kettle").exists()
    with pytest.raises(ValueError, match="Filter first"):
        kettles.limit(3).search("kettle")


def test_counts_aggregates_and_distinct(kettles: Collection) -> None:
    query = kettles.search("kettle")
    assert (query.count(), query.count(limit=7), len(query)) == (30, 7, 30)
    assert query.aggregate("status", n=Count()) == [
        {"status": "closed", "n": 10},
        {"status": "open", "n": 20},
    ]
    assert query.distinct("status") == ["closed", "open"]
    assert sum(1 for _row in query.iterator(7)) == 30


@pytest.mark.parametrize("order", [(), ("-seats",), ("status", "-seats"), ("-_id",)])
def test_pages_in_both_directions(order: tuple[str, ...], kettles: Collection) -> None:
    query = kettles.search("kettle").order_by(*order)
    pages = [query.page(size=7)]
    while pages[-1].has_next:
        pages.append(query.page(size=7, after=pages[-1].next))
    assert [row.id for page in pages for row in page] == [row.id for row in query]
    back = query.page(size=7, before=pages[1].previous)
    assert [row.id for row in back] == [row.id for row in pages[0]]
    with pytest.raises(BadCursor):
        kettles.search("pan").order_by(*order).page(size=7, after=pages[0].next)


def test_what_was_found_is_updated_and_deleted(kettles: Collection) -> None:
    assert kettles.search("kettle").update({"name": "sieve"}).modified == 30
    assert kettles.search("kettle").count() == 0
    assert kettles.search("sieve").order_by("-seats").limit(5).delete().deleted == 5
    assert kettles.search("pan").delete().deleted == 30
    assert (kettles.search("sieve").count(), kettles.count()) == (25, 25)


# Kept up with every write -------------------------------------------------------------------------------


def test_inserting_changing_and_deleting_are_followed(members: Collection) -> None:
    row = members.insert_one({"name": "x", "notes": "first kettle"})
    members.insert_many([{"name": "y", "notes": "second kettle"}, {"name": "z"}])
    assert members.search("kettle").count() == 2
    members.update_one({"_id": row.id}, {"notes": "first pan"})
    assert (members.search("kettle").count(), members.search("pan").count()) == (1, 1)
    members.update_one({"_id": row.id}, {"$unset": {"notes": ""}})
    assert members.search("pan").count() == 0
    members.replace_one({"_id": row.id}, {"name": "sieve"})
    members.edit(row.id, {"notes": (None, "kettle again")})
    assert (members.search("again").count(), members.search("sieve").count()) == (1, 1)
    members.delete_rows([row])
    assert members.search("kettle").count() == 1


def test_what_is_rolled_back_is_as_if_it_had_never_been(members: Collection) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        members.insert_one({"name": "kettle"})
        raise ZeroDivisionError
    assert not members.search("kettle").exists()


# Whose --------------------------------------------------------------------------------------------------


def test_words_find_only_ones_own(members: Collection, charlies: Identity) -> None:
    members.insert_many([{"name": "shared kettle"}] * 3)
    with acting_as(charlies):
        members.insert_many([{"name": "shared kettle"}] * 5)
        assert (members.search("kettle").count(), len(members.search("kettle").page(size=50))) == (5, 5)
    assert (members.search("kettle").count(), len(members.search("kettle").page(size=50))) == (3, 3)
    assert members.across_scopes().search("kettle").count() == 8
    assert members.in_scope_of(charlies).search("kettle").count(limit=4) == 4


@pytest.mark.parametrize("typed", ["org:", "ser:1\n", "ser kettle", "1\nket"])
def test_a_scope_key_is_not_found_as_text(typed: str, members: Collection) -> None:
    members.insert_one({"name": "kettle"})
    assert not members.search(typed).exists()


# Over HTTP ----------------------------------------------------------------------------------------------


def asked(client: Client, members: Collection, **parameters: str) -> Any:
    address = f"/collections/{members.name}/"
    return client.get(address, parameters, headers={"accept": "application/json"})


def test_words_beside_a_filter_and_an_order_a_page_at_a_time(
    kettles: Collection, alice_client: Client
) -> None:
    asks = {"q": "KETTLE", "sort": "-seats", "filter": '{"seats": {"$gte": 53}}', "per_page": "3"}
    first = asked(alice_client, kettles, **asks).json()
    second = asked(alice_client, kettles, **asks, cursor=first["next"]).json()
    found = [row["seats"] for page in (first, second) for row in page["rows"]]
    assert (found, first["total"]) == ([59, 57, 55, 53], 4)
    assert asked(alice_client, kettles, **{**asks, "q": "pan"}, cursor=first["next"]).status_code == 400


def test_nobody_elses_rows_are_found_over_http(
    kettles: Collection, alice_client: Client, bob_client: Client, charlies_client: Client
) -> None:
    clients = (alice_client, bob_client, charlies_client)
    totals = [asked(client, kettles, q="kettle").json()["total"] for client in clients]
    assert totals == [30, 30, 0]


@pytest.mark.parametrize("typed", ["", "ab", "東京", "x" * 201])
def test_what_cannot_be_looked_for_is_said(typed: str, members: Collection, alice_client: Client) -> None:
    answer = asked(alice_client, members, q=typed)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["q"])
