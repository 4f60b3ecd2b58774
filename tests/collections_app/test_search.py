"""Words are found in the keys that are searched, by an index on both databases, and in nobody else's rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from capsule import Identity, acting_as
from capsule.errors import NotDeclared
from capsule.identity import Binding, bound
from collections_app import Collection, Column
from collections_app import Count as CountOf
from collections_app.checks import check_collections, check_search
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.errors import BadCursor, TooShort
from collections_app.moving import move
from collections_app.queries import planning
from collections_app.queries.matching import matches
from collections_app.queries.planning import FREE, Plan, plan_of
from collections_app.queries.query import Query
from collections_app.queries.shapes import parts_of
from collections_app.queries.tree import Search
from collections_app.queries.words import fold_words, text_of, words_of
from collections_app.storage import search_indexes, syncing
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.storage.naming import index_name, search_name
from collections_app.storage.syncing import apply, plan
from collections_app.storage.tables import table_of
from tests.collections_app.conftest import Declare, undeclare
from tests.collections_app.test_inspecting import listed, states
from tests.testapp.declared.collections import contacts, everything, letters

ANN, BOB = Identity(user_id="1"), Identity(user_id="2")
KEYS = everything.declaration.searched_keys
COLUMN = str(search_name(everything.declaration))
SQLITE = connection.vendor == "sqlite"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """A count that another test took says nothing here."""
    planning._counts.cache_clear()
    planning._are_met.cache_clear()


def both_plans(query: Query) -> list[list[str]]:
    """The rows as found by the words, and as found by testing each row."""
    search = next(part for part in parts_of(query.node) if isinstance(part, Search))
    found = Plan((search,), sorts=True, search=search) if SQLITE else FREE
    return [sorted(row.id for row in query.rows(plan=each)) for each in (found, FREE)]


def texts(query: Query) -> list[str]:
    return sorted(row["text"] for row in query)


@pytest.mark.django_db
class TestMeaning:
    @pytest.mark.parametrize(
        ("text", "typed"),
        [
            ("The kettle boils", "kettle"),
            ("The kettle boils", "KETT"),
            ("The kettle boils", "boils the"),  # every word, in any order
            ("Die Straße", "STRASSE"),
            ("DIE STRASSE", "straße"),
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
    def test_what_is_typed_is_found(self, text: str, typed: str) -> None:
        everything.insert_many([{"text": text}, {"text": "neither of them"}])
        for query in (everything.search(typed), everything.search(typed).order_by("-number").limit(9)):
            assert texts(query) == [text]
            assert both_plans(query)[0] == both_plans(query)[1]

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
    def test_and_nothing_else(self, text: str, typed: str) -> None:
        everything.insert_one({"text": text})
        assert everything.search(typed).count() == 0
        assert both_plans(everything.search(typed)) == [[], []]

    def test_the_words_may_stand_in_different_keys_but_none_across_two(self) -> None:
        everything.insert_one({"text": "kettle", "email": "ann@example.com", "tags": ["urgent", "steam"]})
        for typed in ("kettle ann@", "STEAM kettle", "urgent example"):
            assert everything.search(typed).count() == 1
        for typed in ("kettleurgent", "urgentsteam", "kettle\nann@example.com nothing", "steamkettle"):
            assert everything.search(typed).count() == 0

    def test_no_other_key_is_searched(self) -> None:
        everything.insert_one(
            {"text": "a", "link": "https://kettle.example", "kettle": "kettle", "number": 1}
        )
        with acting_as(ANN):
            letters.insert_one({"subject": "a", "secret": "kettle", "meta": {"subject": "kettle"}})
            assert letters.search("kettle").count() == 0
        assert everything.search("kettle").count() == 0

    def test_what_is_no_text_is_left_out(self) -> None:
        with transaction.atomic(), opened(EVERY_SCOPE):
            row = everything.insert_one({"text": "first"})
            stored = everything.model.objects.get(public_id=row.id)
            stored.data = {"text": {"a": "kettle"}, "email": 5, "tags": ["urgent", 7, ["kettle"], None]}
            stored.save()
        assert everything.search("urgent").count() == 1
        assert everything.search("kettle").count() == 0

    @pytest.mark.parametrize("typed", ["", "  ", "ab", "a b cd", "東京", "🎉", "\t", "é "])
    def test_two_letters_are_too_few_and_it_is_said(self, typed: str) -> None:
        with pytest.raises(TooShort, match="at least 3 letters"):
            everything.search(typed)

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
    def test_what_cannot_be_looked_for_is_an_error(self, typed: Any, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            everything.search(typed)

    def test_the_longest_question_is_answered(self) -> None:
        everything.insert_one({"text": "".join(map(chr, range(0x4E00, 0x4E00 + 200)))})
        assert everything.search("".join(map(chr, range(0x4E00, 0x4E00 + 200)))).count() == 1
        assert everything.search(" ".join(chr(0x4E00 + n) * 3 for n in range(20))).count() == 0

    def test_a_collection_that_declares_nothing_says_how(self) -> None:
        with pytest.raises(NotDeclared, match=r'search=\["subject"\]'):
            contacts.search("kettle")

    def test_it_means_the_same_in_python(self) -> None:
        node = Search(("text", "tags"), words_of("Straße urgent"))
        assert matches(node, {"text": "STRASSE", "tags": ["urgent"]})
        assert not matches(node, {"text": "STRASSE"})


@pytest.mark.django_db
class TestChaining:
    @pytest.fixture(autouse=True)
    def documents(self) -> None:
        everything.insert_many(
            {"text": f"kettle {n}" if n % 2 else f"pan {n}", "number": n, "status": "ab"[n % 3 == 0]}
            for n in range(60)
        )

    def test_filters_orders_limits_and_offsets(self) -> None:
        query = everything.filter(status="a").search("kettle").exclude(number__gt=50)
        assert [row["number"] for row in query.order_by("-number").offset(1).limit(3)] == [47, 43, 41]
        assert everything.search("kettle").search("kettle 1").order_by("number").values("number")[0] == {
            "number": 1
        }
        assert everything.all().search("kettle").exists()
        with pytest.raises(ValueError, match="Filter first"):
            everything.limit(3).search("kettle")

    def test_counts_aggregates_and_distinct(self) -> None:
        query = everything.search("kettle")
        assert (query.count(), query.count(limit=7), len(query)) == (30, 7, 30)
        assert query.aggregate("status", n=CountOf()) == [{"status": "a", "n": 20}, {"status": "b", "n": 10}]
        assert query.distinct("status") == ["a", "b"]
        assert sum(1 for _row in query.iterator(7)) == 30

    @pytest.mark.parametrize("order", [(), ("-number",), ("status", "-number"), ("-_id",)])
    def test_pages_in_both_directions(self, order: tuple[str, ...]) -> None:
        query = everything.search("kettle").order_by(*order)
        pages = [query.page(size=7)]
        while pages[-1].has_next:
            pages.append(query.page(size=7, after=pages[-1].next))
        assert [row.id for page in pages for row in page] == [row.id for row in query]
        back = query.page(size=7, before=pages[1].previous)
        assert [row.id for row in back] == [row.id for row in pages[0]]
        with pytest.raises(BadCursor):
            everything.search("pan").order_by(*order).page(size=7, after=pages[0].next)

    def test_update_and_delete_what_was_found(self) -> None:
        assert everything.search("kettle").update({"text": "sieve"}).modified == 30
        assert everything.search("kettle").count() == 0
        assert everything.search("sieve").order_by("-number").limit(5).delete().deleted == 5
        assert everything.search("pan").delete().deleted == 30
        assert (everything.search("sieve").count(), everything.count()) == (25, 25)


@pytest.mark.django_db
class TestKeeping:
    def test_insert_change_and_delete_are_followed(self) -> None:
        row = everything.insert_one({"text": "first kettle"})
        everything.insert_many([{"text": "second kettle"}, {"number": 1}])
        assert everything.search("kettle").count() == 2
        everything.update_one({"_id": row.id}, {"text": "first pan"})  # by id, which may be one statement
        assert (everything.search("kettle").count(), everything.search("pan ").count()) == (1, 1)
        everything.update_one({"_id": row.id}, {"$unset": {"text": ""}})
        assert everything.search("pan ").count() == 0
        everything.update_one({"_id": row.id}, {"$push": {"tags": "kettle"}, "$inc": {"n": 1}})
        assert everything.search("kettle").count() == 2
        everything.replace_one({"_id": row.id}, {"text": "sieve"})
        assert (everything.search("kettle").count(), everything.search("sieve").count()) == (1, 1)
        everything.edit(row.id, {"text": ("sieve", "kettle again")})
        assert everything.search("again").count() == 1
        row.patch({"email": "ann@kettle.example"})
        everything.update_one({"text": "new"}, {"number": 3}, upsert=True)
        assert (everything.search("kettle.example").count(), everything.search("new").count()) == (1, 1)
        everything.delete_rows([row])
        assert everything.search("kettle").count() == 1

    def test_many_rows_at_once(self) -> None:
        everything.insert_many({"text": f"kettle {n}"} for n in range(1100))
        assert everything.update_many({"text": "kettle 7"}, {"$set": {"text": "seven"}}).modified == 1
        assert everything.search("kettle").count() == 1099
        assert everything.delete_many({"text": {"$ne": "seven"}}).deleted == 1099
        assert everything.search("seven").count() == 1
        assert everything.search("kettle").count() == 0

    def test_an_update_of_another_key_is_still_one_statement(self) -> None:
        row = everything.insert_one({"text": "kettle", "number": 1})
        everything.update_one({"_id": row.id}, {"$inc": {"number": 1}})
        assert everything.search("kettle").one()["number"] == 2

    def test_rolled_back_is_as_if_it_had_never_been(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            everything.insert_one({"text": "kettle"})
            raise ZeroDivisionError
        assert not everything.search("kettle").exists()

    def test_a_document_that_moves_to_another_scope_takes_its_words_along(self) -> None:
        with acting_as(ANN):
            letters.insert_one({"subject": "kettle"})
        assert move(letters, "user:1", "user:2") == 1
        for identity, count in ((ANN, 0), (BOB, 1)):
            with acting_as(identity):
                found = both_plans(letters.search("kettle"))
                assert [len(each) for each in found] == [count, count]

    def test_the_models_keep_it_too(self) -> None:
        with opened("app"):
            Model = everything.model
            made = Model(scope_key="app", data={"text": "kettle"})
            made.save()
            Model.objects.bulk_create([Model(scope_key="app", data={"text": "pan "})])
            light = Model.objects.only("id", "data").get(pk=made.pk)
            light.data = {"text": "sieve"}
            light.save()
            assert (everything.search("kettle").count(), everything.search("sieve").count()) == (0, 1)
            light.data = {"text": "colander"}
            light.save(update_fields=["data"])
            assert (everything.search("sieve").count(), everything.search("colander").count()) == (0, 1)
            dumped = serializers.serialize("json", Model.objects.all())
            assert COLUMN not in dumped
            Model.objects.all().delete()
            for loaded in serializers.deserialize("json", dumped):
                loaded.save()
        assert everything.search("colander").count() == 1

    def test_what_is_set_by_sql_is_found_by_neither_text_until_the_next_migrate(self) -> None:
        row = everything.insert_one({"text": "kettle"})
        with opened(EVERY_SCOPE):
            everything.model.objects.filter(public_id=row.id).update(data={"text": "sieve"})
        assert (everything.search("kettle").count(), everything.search("sieve").count()) == (0, 0)
        assert "make texts" in {step.kind for step in plan(connection)}
        with opened(EVERY_SCOPE):
            everything.model.search_index.make_texts(connection)
        assert (everything.search("kettle").count(), everything.search("sieve").count()) == (0, 1)
        assert plan(connection) == []


@pytest.mark.django_db
class TestScope:
    def test_words_find_only_ones_own_by_either_plan(self) -> None:
        for identity, count in ((ANN, 3), (BOB, 5)):
            with acting_as(identity):
                letters.insert_many({"subject": "shared kettle"} for _ in range(count))
        for identity, count in ((ANN, 3), (BOB, 5)):
            with acting_as(identity):
                assert [len(found) for found in both_plans(letters.search("kettle"))] == [count, count]
                assert letters.search("kettle").count(limit=100) == count
                assert len(letters.search("kettle").page(size=50)) == count
        assert letters.across_scopes().search("kettle").count() == 8
        assert letters.in_scope_of(BOB).search("kettle").count(limit=4) == 4

    def test_a_side_table_that_names_anothers_row_gives_nothing_away(self) -> None:
        if not SQLITE:
            pytest.skip("There is no side table.")
        with acting_as(BOB):
            row = letters.insert_one({"subject": "secret kettle"})
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO capsule_s_test_letters (rowid, body) "
                "SELECT id, substr('user:1', -12) || char(10) || 'secret kettle' FROM capsule_c_test_letters "
                "WHERE public_id = %s",
                [row.id.replace("-", "")],
            )
        with acting_as(ANN):
            assert both_plans(letters.search("kettle")) == [[], []]

    def test_what_others_hold_does_not_even_cost(self) -> None:
        """A count that anothers' rows raise would tell of them, by the time that the plan takes."""
        with acting_as(ANN):
            letters.insert_many({"subject": f"kettle {n}"} for n in range(40))
        with acting_as(BOB):
            letters.insert_one({"subject": "kettle"})
            if SQLITE:
                query = letters.search("kettle")
                assert planning._counts((query,), query.collection.scope_key, 10_001, 0) == (1,)

    def test_whoever_has_no_scope_yet_finds_nothing(self) -> None:
        columns = (Column("text"), Column("email"), Column("tags", type="tags"))
        handle = Collection(Declaration("test_everything", columns, scope="session", search=KEYS))
        everything.insert_one({"text": "kettle"})
        with bound(Binding(Identity, start=lambda: "never")):
            query = handle.search("kettle")
            assert (query.rows(), query.order_by("n").rows(), query.count()) == ([], [], 0)

    @pytest.mark.parametrize("typed", ["app", "user:1", "ser:1\n", "ser kettle", "1\nket"])
    def test_a_scope_key_is_not_found_as_text(self, typed: str) -> None:
        with acting_as(ANN):
            letters.insert_one({"subject": "kettle"})
            assert not letters.search(typed).exists()


@pytest.mark.django_db
class TestIndex:
    ROWS = 3000

    @pytest.fixture(autouse=True)
    def documents(self) -> None:
        everything.insert_many(
            {"text": f"common text {n:05} " + ("kettle" if n % 1000 == 3 else ""), "number": n, "status": "a"}
            for n in range(self.ROWS)
        )
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute("ANALYZE capsule_c_test_everything")
            if not SQLITE:
                index = index_name("test_everything", COLUMN)
                cursor.execute("SELECT gin_clean_pending_list(%s)", [index])

    def explained(self, query: Query) -> str:
        with everything.reading():
            return str(query.queryset().explain())

    @pytest.mark.parametrize("order", [(), ("-number",), ("currency",)])
    def test_a_rare_word_is_found_by_the_index(self, order: tuple[str, ...]) -> None:
        plan = self.explained(everything.search("kettle").order_by(*order).limit(25))
        assert ("VIRTUAL TABLE INDEX" if SQLITE else index_name("test_everything", COLUMN)) in plan
        assert len(everything.search("kettle").order_by(*order).limit(25).rows()) == 3

    def test_a_common_word_is_met_on_the_way(self) -> None:
        query = everything.search("common").order_by("-number").limit(25)
        plan = self.explained(query)
        assert index_name("test_everything", "n_number") in plan
        assert "TEMP B-TREE" not in plan
        assert [row["number"] for row in query] == list(range(self.ROWS - 1, self.ROWS - 26, -1))

    def test_pages_are_planned_as_well(self) -> None:
        if not SQLITE:
            pytest.skip("PostgreSQL decides by itself.")
        plans = [
            plan_of(everything.search(word).order_by("-number").limit(26)) for word in ("kettle", "common")
        ]
        assert [(one.sorts, one.search is None) for one in plans] == [(True, False), (False, True)]
        page = everything.search("kettle").order_by("-number").page(size=2)
        rest = everything.search("kettle").order_by("-number").page(size=2, after=page.next)
        assert [row["number"] for row in (*page, *rest)] == [2003, 1003, 3]

    def test_a_small_scope_among_large_ones_is_walked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with acting_as(Identity(user_id="00000000-0000-0000-0000-00000000000d")):
            letters.insert_many({"subject": f"Letter {n}", "priority": n} for n in range(40))
            query = letters.search("letter").order_by("-priority").limit(5)
            found = []
            for most in (2000, 10):
                monkeypatch.setattr(planning, "SMALL", most)
                planning._counts.cache_clear()
                found.append((plan_of(query) == planning.WALK, [row["priority"] for row in query]))
                assert letters.search("letter").count() == 40
        assert found == [(True, [39, 38, 37, 36, 35]), (False, [39, 38, 37, 36, 35])]

    def test_a_count_walks_where_the_word_is_common(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(planning, "CAP", 100)
        assert everything.search("common").count() == self.ROWS
        assert everything.search("kettle").count() == 3
        if SQLITE:
            assert plan_of(everything.search("common"), ordered=False).search is None
            assert plan_of(everything.search("kettle"), ordered=False).search is not None

    def test_beside_a_rarer_filter_that_one_is_used(self) -> None:
        query = everything.search("common").filter(number=7).order_by("currency").limit(5)
        assert len(query.rows()) == 1
        if SQLITE:
            assert plan_of(query).search is None


# Any texts --------------------------------------------------------------------------------------------

LETTERS = st.sampled_from(
    [*"abAB ßẞſİIıi%_\\'\"*(\n", "s", "ss", "é", "e\u0301", "\u0307", "Σ", "ς", "ﬁ", "本", "🎉"]
)
TEXTS = st.one_of(
    st.lists(LETTERS, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


def plainly(document: dict[str, Any], typed: str) -> bool:
    """What a search means, in plain Python: each word, folded, in one of the folded texts."""
    held = [document.get("text"), document.get("email"), *(document.get("tags") or [])]
    folded = [fold_words(text) for text in held if text]
    return all(any(word in text for text in folded) for word in fold_words(typed).split())


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    documents=st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=2)), min_size=1, max_size=5),
    changes=st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), TEXTS)), max_size=5),
    typed=st.lists(TEXTS, min_size=1, max_size=4),
    cut=st.tuples(st.integers(0, 3), st.integers(3, 8)),
)
def test_after_any_writes_both_plans_find_what_plain_python_finds(
    documents: list[tuple[str, list[str]]],
    changes: list[tuple[int, str | None]],
    typed: list[str],
    cut: tuple[int, int],
) -> None:
    with transaction.atomic():
        rows = everything.insert_many(
            {"text": text, "tags": [tag.replace(",", ";") for tag in tags]} for text, tags in documents
        )
        for at, text in changes:
            row = rows[at % len(rows)]
            if text is None:
                everything.delete_one({"_id": row.id})
            else:
                everything.update_one({"_id": row.id}, {"text": text})
        left = everything.find()
        pieces = [str(row.get("text") or "")[cut[0] : cut[0] + cut[1]] for row in left]
        for each in (*typed, *pieces):
            try:
                query = everything.search(each)
            except TooShort:
                continue
            expected = sorted(row.id for row in left if plainly(row, each))
            assert both_plans(query) == [expected, expected]
            assert sorted(row.id for row in left if matches(query.node, row)) == expected
        transaction.set_rollback(True)


@given(TEXTS)
@example("ı\u0307")
@example("İ\u0307\u0301")
def test_folding_is_the_same_for_every_way_of_writing(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC"):
        assert fold_words(unicodedata.normalize(form, text)) == fold_words(text)
    assert fold_words(fold_words(text)) == fold_words(text)


# Tables -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
class TestSync:
    SUBJECT = Column("subject")

    def test_existing_rows_are_indexed_when_it_is_declared_and_twice_changes_nothing(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(search_indexes, "BATCH", 3)
        declare("tmp_one", self.SUBJECT)
        apply(verbosity=0)
        collections.get("tmp_one").insert_many({"subject": f"kettle {n}"} for n in range(10))
        handle = declare("tmp_one", self.SUBJECT, search=("subject",))
        kinds = [step.kind for step in apply(verbosity=0)]
        assert kinds[:3] == ["add column", "create index", "make texts"]
        assert kinds[-1] == ("create triggers" if SQLITE else "create index")
        assert apply(verbosity=0) == []
        assert [len(found) for found in both_plans(handle.search("kettle"))] == [10, 10]
        handle.insert_one({"subject": "kettle 11"})
        assert handle.search("kettle").count() == 11
        assert set(states().values()) == {"present"}
        assert index_name("tmp_one", str(search_name(handle.declaration))) in states()

    @pytest.mark.parametrize("many", [5, 1000])
    def test_rows_that_lost_their_texts_are_found_again_at_once_or_one_by_one(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch, many: int
    ) -> None:
        monkeypatch.setattr(search_indexes, "BATCH", 3)
        monkeypatch.setattr(search_indexes, "MANY", many)
        handle = declare("tmp_one", self.SUBJECT, search=("subject",))
        apply(verbosity=0)
        handle.insert_many({"subject": f"kettle {n}"} for n in range(10))
        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{handle.model._meta.db_table}" SET "{search_name(handle.declaration)}" = NULL'  # noqa: S608
            )
        assert [step.kind for step in apply(verbosity=0)] == ["make texts"]
        assert [len(found) for found in both_plans(handle.search("kettle"))] == [10, 10]
        handle.insert_one({"subject": "kettle 11"})
        assert [len(found) for found in both_plans(handle.search("kettle"))] == [11, 11]
        assert apply(verbosity=0) == []

    def test_other_keys_are_another_column_and_no_old_text_is_ever_found(self, declare: Declare) -> None:
        first = declare("tmp_one", self.SUBJECT, Column("sender"), search=("subject",))
        apply(verbosity=0)
        row = first.insert_one({"subject": "kettle", "sender": "ann"})
        both = declare("tmp_one", self.SUBJECT, Column("sender"), search=("sender", "subject"))
        apply(verbosity=0)
        assert both.search("ann kettle").count() == 1
        both.update_one({"_id": row.id}, {"subject": "sieve"})
        again = declare("tmp_one", self.SUBJECT, Column("sender"), search=("subject",))
        apply(verbosity=0)
        assert (again.search("kettle").count(), again.search("sieve").count()) == (0, 1)
        assert both_plans(again.search("sieve")) == [[row.id], [row.id]]
        none = declare("tmp_one", self.SUBJECT, Column("sender"))
        apply(verbosity=0)
        none.update_one({"_id": row.id}, {"subject": "colander"})
        last = declare("tmp_one", self.SUBJECT, Column("sender"), search=("subject",))
        apply(verbosity=0)
        assert (last.search("sieve").count(), last.search("colander").count()) == (0, 1)
        apply(prune=True, verbosity=0)
        assert apply(prune=True, verbosity=0) == []
        assert last.search("colander").count() == 1
        assert not {name for name in table_of(connection, "capsule_c_tmp_one").columns if "old" in name}

    def test_what_is_no_longer_declared_goes_only_when_pruned(self, declare: Declare) -> None:
        handle = declare(
            "tmp_one", self.SUBJECT, Column("tags", type="tags", filterable=True), search=("subject",)
        )
        apply(verbosity=0)
        handle.insert_one({"subject": "kettle", "tags": ["a"]})
        less = declare("tmp_one", self.SUBJECT, Column("tags", type="tags", filterable=True))
        assert [step.kind for step in apply(verbosity=0)][-1] == "set column aside"
        assert apply(verbosity=0) == []
        (found,) = listed("tmp_one")["collections"]
        assert "superfluous" in {column["state"] for column in found["columns"]}
        less.insert_one({"subject": "kettle", "tags": ["a"]})
        apply(prune=True, verbosity=0)
        assert apply(prune=True, verbosity=0) == []
        assert set(states().values()) == {"present"}
        assert less.filter(tags="a").count() == 2
        assert "capsule_s_tmp_one" not in connection.introspection.table_names()

    def test_a_remake_of_the_table_loses_no_text(self, declare: Declare) -> None:
        """SQLite remakes a table to add a generated column, and its triggers are gone with the old one."""
        first = declare("tmp_one", self.SUBJECT, search=("subject",))
        apply(verbosity=0)
        first.insert_one({"subject": "kettle", "n": 1})
        wider = declare(
            "tmp_one", self.SUBJECT, Column("n", type="number", sortable=True), search=("subject",)
        )
        apply(verbosity=0)
        assert apply(verbosity=0) == []
        wider.insert_one({"subject": "kettle", "n": 2})
        assert [row["n"] for row in wider.search("kettle").order_by("-n").limit(5)] == [2, 1]

    def test_both_may_come_at_once(self, declare: Declare) -> None:
        declare("tmp_one", self.SUBJECT)
        apply(verbosity=0)
        collections.get("tmp_one").insert_one({"subject": "kettle", "n": 1})
        wider = declare(
            "tmp_one", self.SUBJECT, Column("n", type="number", sortable=True), search=("subject",)
        )
        apply(verbosity=0)
        assert apply(verbosity=0) == []
        assert [row["n"] for row in wider.search("kettle").order_by("-n")] == [1]

    def test_a_trigger_that_is_gone_is_made_again_and_the_rest_rebuilt(self, declare: Declare) -> None:
        if not SQLITE:
            pytest.skip("There is no trigger.")
        handle = declare("tmp_one", self.SUBJECT, search=("subject",))
        apply(verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {index_name('tmp_one', 'search')}_i")
        handle.insert_one({"subject": "unheard"})
        assert states()[index_name("tmp_one", str(search_name(handle.declaration)))] == "broken"
        assert [step.kind for step in plan(connection)] == ["create triggers"]
        apply(verbosity=0)
        assert both_plans(handle.search("unheard"))[0]

    def test_a_renamed_collection_keeps_what_is_found(self, declare: Declare) -> None:
        old = declare("tmp_old", self.SUBJECT, search=("subject",))
        apply(verbosity=0)
        old.insert_one({"subject": "kettle"})
        undeclare("tmp_old")
        new = declare("tmp_new", self.SUBJECT, search=("subject",), renamed_from="tmp_old")
        apply(verbosity=0)
        new.insert_one({"subject": "kettle"})
        assert [len(found) for found in both_plans(new.search("kettle"))] == [2, 2]
        assert "capsule_s_tmp_old" not in connection.introspection.table_names()
        apply(prune=True, verbosity=0)
        assert apply(prune=True, verbosity=0) == []
        assert new.search("kettle").count() == 2

    def test_the_plan_is_shown(self, declare: Declare, capsys: pytest.CaptureFixture[str]) -> None:
        declare("tmp_one", self.SUBJECT)
        apply(verbosity=0)
        declare("tmp_one", self.SUBJECT, search=("subject",))
        call_command("sync_collections", plan=True)
        shown = capsys.readouterr().out
        assert "make texts: capsule_c_tmp_one s_" in shown
        assert ("fts5" if SQLITE else "gin_trgm_ops") in shown
        assert "CONCURRENTLY" in shown or SQLITE

    def test_the_flush_between_tests_empties_it(self) -> None:
        everything.insert_one({"text": "flushed"})
        call_command("flush", interactive=False, verbosity=0)
        everything.insert_one({"text": "another"})
        assert both_plans(everything.search("flushed")) == [[], []]
        assert everything.search("another").count() == 1

    def test_without_the_extension_everything_is_found_and_the_check_says_what_to_do(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if SQLITE:
            pytest.skip("SQLite needs none.")
        for module in (syncing, search_indexes):
            monkeypatch.setattr(module, "extension_state", lambda connection: "missing")
        monkeypatch.setattr("collections_app.checks.extension_state", lambda connection: "missing")
        handle = declare("tmp_one", self.SUBJECT, search=("subject",))
        apply(verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(
                f"DROP INDEX IF EXISTS {index_name('tmp_one', str(search_name(handle.declaration)))}"
            )
        assert apply(verbosity=0) == []
        handle.insert_one({"subject": "kettle"})
        assert handle.search("kettle").count() == 1
        assert "missing" in states().values()
        (warning,) = check_search(databases=["default"])
        assert warning.id == "collections_app.W002"
        assert "CREATE EXTENSION pg_trgm" in str(warning.hint)


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (("subjekt",), "Did you mean 'subject'"),
        (("secret",), "no visible column of text"),  # hidden
        (("undeclared",), "no visible column of text"),
        (("count",), "no visible column of text"),
        (("when",), "no visible column of text"),
    ],
)
def test_only_visible_columns_of_text_can_be_declared(search: tuple[str, ...], said: str) -> None:
    columns = (
        Column("subject"),
        Column("secret", hidden=True),
        Column("count", type="number"),
        Column("when", type="date"),
    )
    with collections.temporarily(
        "tmp_checked", Collection(Declaration("tmp_checked", columns, search=search))
    ):
        (message,) = check_collections()
    assert message.id == "collections_app.E013"
    assert said in f"{message.msg} {message.hint}"


@pytest.mark.django_db
def test_the_suites_database_can_search() -> None:
    assert check_search(databases=["default"]) == []


# In the admin -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_admins_list_searches_by_the_index(
    dana_client: Client, acme: Organization, alice: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with acting_as(user=alice, organization=acme):
        letters.insert_many([{"subject": "The KETTLE", "secret": "hush hush"}, {"subject": "A pan"}])
    address = "/admin/collections_store/testletters/"
    for typed, found in [("kettle", True), ("ett", True), ("Ke", True), ("sieve", False), ("hush", False)]:
        html = dana_client.get(address, {"q": typed}).content.decode()
        assert (">The KETTLE<" in html) is found
    assert dana_client.get(address, {"q": "x" * 300}).status_code == 400


# Over HTTP --------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestHttp:
    JSON: ClassVar = {"accept": "application/json"}

    @pytest.fixture(autouse=True)
    def documents(self, alice: User, acme: Organization) -> None:
        with acting_as(user=alice, organization=acme):
            letters.insert_many({"subject": f"kettle {n}", "priority": n, "secret": "hush"} for n in range(5))
            letters.insert_one({"subject": "A pan", "priority": 9})

    def asked(self, client: Client, name: str = "test_letters", **parameters: str) -> Any:
        return client.get(f"/collections/{name}/", parameters, headers=self.JSON)

    def test_words_beside_a_filter_and_an_order_a_page_at_a_time(self, alice_client: Client) -> None:
        asks = {"q": "KETTLE", "sort": "-priority", "filter": '{"priority": {"$gte": 1}}', "per_page": "3"}
        first = self.asked(alice_client, **asks).json()
        second = self.asked(alice_client, **asks, cursor=first["next"]).json()
        found = [row["priority"] for page in (first, second) for row in page["rows"]]
        assert (found, first["total"]) == ([4, 3, 2, 1], 4)
        assert self.asked(alice_client, **{**asks, "q": "pan"}, cursor=first["next"]).status_code == 400

    def test_nobody_elses_rows_and_no_hidden_key(
        self, alice_client: Client, bob_client: Client, charlie_client: Client
    ) -> None:
        totals = [
            self.asked(one, q="kettle").json()["total"] for one in (alice_client, bob_client, charlie_client)
        ]
        assert totals == [5, 5, 0]
        assert self.asked(alice_client, q="hush").json()["total"] == 0

    @pytest.mark.parametrize("typed", ["", "ab", "東京", "x" * 201])
    def test_what_cannot_be_looked_for_is_said(self, alice_client: Client, typed: str) -> None:
        answer = self.asked(alice_client, q=typed)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["q"])

    def test_where_nothing_is_searched_a_question_is_not_ignored(self, alice_client: Client) -> None:
        answer = self.asked(alice_client, "test_contacts", q="kettle")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["q"])


def test_the_text_of_a_document_is_its_keys_in_order() -> None:
    assert text_of({"b": "Two", "a": ["One", 3], "c": "no"}, ("a", "b")) == "one\ntwo"


def test_an_sqlite_without_trigrams_is_found_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collections_app.checks.connections", {"default": Mock(vendor="sqlite")})
    monkeypatch.setattr("collections_app.checks.has_trigrams", lambda connection: False)
    (found,) = check_search(databases=["default"])
    assert found.id == "collections_app.E014" and "SQLite 3.34" in str(found.hint)
