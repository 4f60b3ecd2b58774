"""Filters, order and paging: both styles, declared and undeclared keys, on either database."""

from __future__ import annotations

import datetime as dt
from operator import ge, gt, le, lt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from capsule.errors import NotAValue
from collections_app.queries.lookups import LOOKUPS
from collections_app.queries.tree import parse_path
from tests.testapp.declared.collections import everything, threads

pytestmark = pytest.mark.django_db

VALUES: list[Any] = ["a", "b", "", 1, 2.5, -3, True, False, None]


@pytest.fixture(autouse=True)
def acting() -> Any:
    with acting_as(Identity(user_id="1")):
        yield


def keys_of(query: Any) -> list[Any]:
    return [row["n"] for row in query]


class TestEquality:
    @pytest.mark.parametrize("value", ["a", 1, 2.5, True, False, -3, ""])
    def test_a_value_matches_itself_and_no_other_type(self, value: Any) -> None:
        threads.insert_many([{"n": n, "any": v} for n, v in enumerate(VALUES)])
        found = keys_of(threads.filter(any=value))
        assert found == [n for n, v in enumerate(VALUES) if v == value and type(v) is type(value)]

    def test_none_is_null_or_missing(self) -> None:
        threads.insert_many([{"n": 0}, {"n": 1, "any": None}, {"n": 2, "any": 1}])
        assert keys_of(threads.filter(any=None)) == [0, 1]
        assert keys_of(threads.exclude(any=None)) == [2]

    @pytest.mark.parametrize("value", ["a", 1, True])
    def test_on_an_array_an_element_matches(self, value: Any) -> None:
        threads.insert_many(
            [{"n": 0, "any": [value, "z"]}, {"n": 1, "any": ["y"]}, {"n": 2, "any": {"k": value}}]
        )
        assert keys_of(threads.filter(any=value)) == [0]
        assert keys_of(threads.find({"any": {"$ne": value}})) == [1, 2]

    def test_tags(self) -> None:
        threads.insert_many([{"n": 0, "tags": ["vip", "eu"]}, {"n": 1, "tags": []}, {"n": 2}])
        assert keys_of(threads.filter(tags="vip")) == [0]
        assert keys_of(threads.exclude(tags="vip")) == [1, 2]

    def test_dotted_paths_name_object_keys_and_never_array_indexes(self) -> None:
        threads.insert_many([{"n": 0, "a": {"0": "x"}}, {"n": 1, "a": ["x"]}, {"n": 2, "a": {"b": {"c": 1}}}])
        assert keys_of(threads.filter(a__0="x")) == [0]
        assert keys_of(threads.find({"a.b.c": 1})) == [2]

    @pytest.mark.parametrize(
        "key", ["0", "-1", "9" * 30, "%s", "'; DROP TABLE x; --", "ключ", "a b", "$.a[0]"[2:]]
    )
    def test_hostile_keys_are_only_keys(self, key: str) -> None:
        threads.insert_many([{"n": 0, key: "x"}, {"n": 1}])
        assert keys_of(threads.find({key: "x"})) == [0]
        assert keys_of(threads.find({key: {"$gt": "a"}}, sort={key: 1})) == [0]

    @pytest.mark.parametrize(
        "path", ["", "a..b", ".a", "$where", "a.$b", 'a"b', "a\0b", ".".join("abcdefghi")]
    )
    def test_what_is_no_path_is_an_error(self, path: str) -> None:
        with pytest.raises(ValueError):
            parse_path(path)


class TestComparison:
    def test_both_styles_agree(self) -> None:
        threads.insert_many([{"n": n, "priority": n} for n in range(5)])
        for name in ("ne", "gt", "gte", "lt", "lte"):
            assert keys_of(threads.filter(**{f"priority__{name}": 2})) == keys_of(
                threads.find({"priority": {f"${name}": 2}})
            )
        assert keys_of(threads.filter(priority__gt=1).filter(priority__lte=3)) == [2, 3]
        assert keys_of(threads.find({"priority": {"$gt": 1, "$lt": 3}})) == [2]

    def test_chaining_never_loses_a_clause(self) -> None:
        threads.insert_many([{"n": n, "priority": n} for n in range(5)])
        assert keys_of(threads.filter(priority__gte=1).filter(priority__gte=3)) == [3, 4]
        assert keys_of(threads.filter(priority=1).filter(priority=2)) == []

    def test_a_missing_value_is_neither_greater_nor_less_but_it_is_not_equal(self) -> None:
        threads.insert_many([{"n": 0}, {"n": 1, "priority": 5}])
        assert keys_of(threads.filter(priority__lt=9)) == [1]
        assert keys_of(threads.exclude(priority__lt=9)) == [0]
        assert keys_of(threads.filter(priority__ne=4)) == [0, 1]
        assert keys_of(threads.exclude(priority=5, n=1)) == [0]

    def test_dates_compare_as_time(self) -> None:
        threads.insert_many([{"n": n, "received": f"2026-0{n + 1}-01"} for n in range(3)])
        assert keys_of(threads.filter(received__gte=dt.date(2026, 2, 1))) == [1, 2]
        assert keys_of(threads.filter(received="2026-02-01")) == [1]

    def test_currency_compares_by_amount(self) -> None:
        everything.insert_many(
            [{"n": n, "currency": amount} for n, amount in enumerate(["9.5", "10", "-1", "100"])]
        )
        assert keys_of(everything.filter(currency__gt="9.5")) == [1, 3]
        assert keys_of(everything.order_by("currency")) == [2, 0, 1, 3]

    def test_booleans(self) -> None:
        everything.insert_many([{"n": 0, "boolean": True}, {"n": 1, "boolean": False}, {"n": 2}])
        assert keys_of(everything.filter(boolean=True)) == [0]
        assert keys_of(everything.exclude(boolean=True)) == [1, 2]

    def test_a_value_that_its_column_cannot_have_is_an_error(self) -> None:
        for lookups in ({"priority": "high"}, {"received__gt": "soon"}, {"subject": 7}):
            with pytest.raises(ValidationError):
                threads.filter(**lookups).count()

    @pytest.mark.parametrize(
        "filter",
        [
            {"$or": []},
            {"$where": "1"},
            {"$and": {}},
            {"$expr": {"$gt": ["$a", 1]}},
            {"a": {"$near": 1}},
            {"a": {"$gt": 1, "b": 2}},
            {"a": {"$gt": {"b": 1}}},
            {"a": {"$in": 1}},
            {"a": {"$in": "text"}},
            {"a": {"$in": list(range(1001))}},
            {"a": {"$exists": 1}},
            {"a": {"$size": -1}},
            {"a": {"$mod": [0, 1]}},
            {"a": {"$mod": [2]}},
            {"a": {"$type": "int"}},
            {"a": {"$not": 1}},
            {"a": {"$elemMatch": 1}},
            {"a": {"$options": "i"}},
            {"a": {"$regex": "x", "$options": "x"}},
            {3: 1},
        ],
    )
    def test_what_is_no_filter_is_an_error(self, filter: Any) -> None:
        with pytest.raises((ValueError, TypeError)):
            threads.find(filter)

    @pytest.mark.parametrize(
        "lookup", ["subject__like", "subject__icontain", "subject__search", "status__year"]
    )
    def test_a_lookup_that_is_not_here_is_an_error_not_a_key(self, lookup: str) -> None:
        with pytest.raises(ValueError, match="Legal:"):
            threads.filter(**{lookup: "x"})

    def test_an_unknown_name_is_told_the_nearest_and_all_others_once(self) -> None:
        asks: list[Any] = [
            lambda: threads.find({"a": {"$gtt": 1}}),
            lambda: threads.find({"$where": "1"}),
            lambda: threads.filter(subject__icontain="x"),
        ]
        for ask in asks:
            with pytest.raises(ValueError, match="Legal: ") as raised:
                ask()
            assert "Known" not in str(raised.value)

    @pytest.mark.parametrize("hidden", [{"$gt": 1}, {"$where": "1"}, {"$elemMatch": {"a": 1}}])
    def test_an_operator_that_hides_anywhere_is_an_error(self, hidden: Any) -> None:
        asks: list[Any] = [
            {"a": {"b": hidden}}, {"a": {"$eq": {"b": hidden}}}, {"a": {"$ne": {"b": hidden}}},
            {"a": {"$in": [hidden]}}, {"a": {"$nin": [1, {"b": [hidden]}]}}, {"a": {"$all": [hidden]}},
            {"a": [hidden]}, {"a": {"$elemMatch": {"b": {"c": hidden}}}}, {"a": {"$not": {"$eq": [hidden]}}},
            {"tags": [hidden]},
        ]  # fmt: skip
        for ask in asks:
            for levels in range(6):
                group = ("$and", "$or", "$nor")[levels % 3]
                with pytest.raises(ValueError, match=r"stands within a value"):
                    threads.count(ask)
                ask = {group: [{"n": 1}, ask]}
        for lookup in ("a", "a__ne", "a__exact", "tags"):
            with pytest.raises(ValueError, match="stands within a value"):
                threads.exclude(**{lookup: hidden})
        row = threads.insert_one({"a": {"$ref": "#/b"}})  # which is data
        assert threads.find({"a": {"b": 1}}) == [] and threads.filter(a={"$ref": "#/b"}).one() == row

    @pytest.mark.parametrize("depth", range(7))
    @pytest.mark.parametrize("wrap", ["$and", "$or", "$nor", "$not", "$elemMatch"])
    def test_an_unknown_operator_is_found_at_any_depth(self, wrap: str, depth: int) -> None:
        within: Any = {"$near": 1}
        for _ in range(depth):
            within = {wrap: within} if wrap in ("$not", "$elemMatch") else {wrap: [{"n": 1}, {"a": within}]}
            if wrap not in ("$not", "$elemMatch"):
                within = {"$elemMatch": within}
        with pytest.raises(ValueError, match=r"near|levels"):
            threads.count({"a": within})

    def test_the_row_is_found_by_djangos_name_for_its_id(self) -> None:
        row, other = threads.insert_many([{"n": 0}, {"n": 1}])
        assert keys_of(threads.filter(pk=row.id)) == keys_of(threads.exclude(pk=other.id)) == [0]
        assert keys_of(threads.filter(pk__in=[other.id, "nope"])) == [1]

    def test_a_document_is_asked_for_as_a_query_too(self) -> None:
        threads.insert_many([{"n": n, "tags": ["a"] * (n % 2)} for n in range(4)])
        assert keys_of(threads.matching({"tags": {"$size": 1}}).order_by("-n")) == [3, 1]
        assert keys_of(threads.filter(n__gte=2).matching({"tags": "a"})) == [3]
        with pytest.raises(TypeError, match="matching"):
            threads.filter({"n": 1})  # type: ignore[arg-type]

    def test_the_budget_of_conditions(self) -> None:
        with pytest.raises(ValueError, match="50"):
            threads.find({f"k{n}": n for n in range(51)})


# Of ``STORED`` each lookup finds what it says, and nothing else; the last document has no such key.
STORED: list[Any] = ["Abc", "abcd", "xAbC", 3, 7, None]
FOUND: dict[str, tuple[Any, list[int]]] = {
    "eq": ("Abc", [0]),
    "exact": ("Abc", [0]),
    "ne": ("Abc", [1, 2, 3, 4, 5, 6]),
    "gt": (3, [4]),
    "gte": (3, [3, 4]),
    "lt": (7, [3]),
    "lte": (7, [3, 4]),
    "range": ((3, 5), [3]),
    "in": (["Abc", 7], [0, 4]),
    "nin": (["Abc", 7], [1, 2, 3, 5, 6]),
    "iexact": ("aBC", [0]),
    "contains": ("bc", [0, 1]),
    "icontains": ("BC", [0, 1, 2]),
    "startswith": ("A", [0]),
    "istartswith": ("A", [0, 1]),
    "endswith": ("c", [0]),
    "iendswith": ("C", [0, 2]),
    "regex": ("^A", [0]),
    "iregex": ("^a", [0, 1]),
    "isnull": (True, [5, 6]),
}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_every_lookup_finds_what_it_says(lookup: str) -> None:
    threads.insert_many([{"n": n, "any": value} for n, value in enumerate(STORED)])
    threads.insert_one({"n": len(STORED)})
    value, expected = FOUND[lookup]
    assert keys_of(threads.filter(**{f"any__{lookup}": value})) == expected
    assert keys_of(threads.exclude(**{f"any__{lookup}": value})) == [n for n in range(7) if n not in expected]


class TestOrder:
    def test_missing_is_lowest_and_ties_keep_their_order(self) -> None:
        threads.insert_many(
            [{"n": 0, "priority": 2}, {"n": 1}, {"n": 2, "priority": 1}, {"n": 3, "priority": 2}]
        )
        assert keys_of(threads.order_by("priority")) == [1, 2, 0, 3]
        assert keys_of(threads.order_by("-priority")) == [3, 0, 2, 1]

    def test_undeclared_keys_are_ordered_too_numbers_before_text(self) -> None:
        threads.insert_many([{"n": n, "any": v} for n, v in enumerate(["b", 2, "a", None, 1])])
        assert keys_of(threads.order_by("any")) == [3, 4, 1, 2, 0]

    def test_text_is_ordered_by_code_point(self) -> None:
        threads.insert_many([{"n": n, "subject": s} for n, s in enumerate(["b", "B", "ä", "a", "_"])])
        assert keys_of(threads.order_by("subject")) == [1, 4, 3, 0, 2]

    def test_without_an_order_rows_come_as_they_were_inserted(self) -> None:
        threads.insert_many([{"n": n} for n in range(4)])
        assert keys_of(threads.all()) == [0, 1, 2, 3]
        assert keys_of(threads.order_by("-_id")) == [3, 2, 1, 0]

    @pytest.mark.parametrize("sort", [[("priority", -1)], "-priority", {"priority"}])
    def test_a_sort_is_a_dict(self, sort: Any) -> None:
        with pytest.raises(TypeError, match="A sort is a dict"):
            threads.find(sort=sort)

    def test_a_lookup_is_no_key(self) -> None:
        asks: list[Any] = [
            lambda: threads.order_by("-received__month"),
            lambda: threads.distinct("received__month"),
            lambda: threads.all().values("received__month"),
        ]
        for ask in asks:
            with pytest.raises(ValueError, match="a lookup, not a key"):
                ask()
        threads.insert_many([{"n": 0, "own__key": 2}, {"n": 1, "own__key": 1}])
        assert keys_of(threads.order_by("own__key")) == [1, 0]

    @pytest.mark.parametrize("sort", [{"a": 0}, {"a": True}, {"a": "desc"}, {"": 1}, {"$a": 1}])
    def test_a_sort_that_is_none_is_an_error(self, sort: Any) -> None:
        with pytest.raises(ValueError):
            threads.find(sort=sort)


class TestPaging:
    def test_slices_limits_and_offsets_compose(self) -> None:
        threads.insert_many([{"n": n} for n in range(10)])
        assert keys_of(threads.all()[2:5]) == [2, 3, 4]
        assert keys_of(threads.all()[2:5][1:]) == [3, 4]
        assert keys_of(threads.limit(5).offset(3)) == [3, 4]
        assert threads.order_by("-n")[0]["n"] == 9
        assert keys_of(threads.limit(0)) == []
        with pytest.raises(IndexError):
            threads.all()[99]

    def test_counts_respect_the_limit_and_can_be_capped(self) -> None:
        threads.insert_many([{"n": n} for n in range(10)])
        assert threads.limit(4).count() == 4
        assert threads.all().count(limit=3) == 3
        assert threads.offset(8).count() == 2

    @pytest.mark.parametrize("count", [-1, "1", 1.5, True, None])
    def test_what_is_no_number_of_rows_is_an_error(self, count: Any) -> None:
        with pytest.raises(ValueError):
            threads.limit(count)
        with pytest.raises(ValueError):
            threads.offset(count)

    def test_nothing_is_counted_from_the_end(self) -> None:
        for at in (-1, slice(-5, None), slice(0, -1)):
            with pytest.raises(ValueError, match=r"last\(\)"):
                threads.all()[at]

    def test_a_filter_after_a_limit_is_refused_rather_than_misread(self) -> None:
        with pytest.raises(ValueError):
            threads.limit(3).filter(n=1)

    def test_pages_joined_are_the_whole(self) -> None:
        threads.insert_many([{"n": n, "priority": n % 2} for n in range(10)])
        whole = keys_of(threads.order_by("priority"))
        assert [
            n for at in range(0, 10, 3) for n in keys_of(threads.order_by("priority")[at : at + 3])
        ] == whole

    def test_a_query_is_true_if_it_finds_a_row(self) -> None:
        assert not threads.filter(status="new") and not threads.all()
        threads.insert_one({"status": "new"})
        assert threads.filter(status="new") and not threads.filter(status="new").limit(0)
        assert not threads.filter(status="new").offset(1)

    def test_a_collection_is_neither_true_nor_false(self) -> None:
        with pytest.raises(NotAValue, match=r"Write test_threads\.exists\(\)\."):
            bool(threads)

    def test_a_list_reads_the_rows_once(self) -> None:
        threads.insert_many([{"n": n} for n in range(3)])
        with CaptureQueriesContext(connection) as taken:
            assert [row["n"] for row in list(threads.filter(n__gte=1))] == [1, 2]  # noqa: C416
        assert sum('"data"' in query["sql"].partition(" FROM ")[0] for query in taken) == 1
        assert len(threads.filter(n__gte=1)) == 2 and len(threads.limit(1)) == 1

    def test_iterator_gives_the_same_rows(self) -> None:
        threads.insert_many([{"n": n} for n in range(7)])
        assert [row["n"] for row in threads.all().iterator(chunk_size=2)] == list(range(7))
        assert [row["n"] for row in threads.order_by("-n")[1:6].iterator(chunk_size=2)] == [5, 4, 3, 2, 1]

    @pytest.mark.parametrize("chunk_size", [0, -1, True, 2.5, "9"])
    def test_a_chunk_has_at_least_one_row(self, chunk_size: Any) -> None:
        with pytest.raises(ValueError, match="chunk_size"):
            threads.all().iterator(chunk_size=chunk_size)

    def test_iterator_meets_each_row_once_though_the_loop_moves_it(self) -> None:
        threads.insert_many([{"priority": n} for n in range(10)])
        met = []
        for row in threads.order_by("priority").iterator(chunk_size=3):
            met.append(row["priority"])
            row.patch({"$inc": {"priority": 100}})
        assert met == list(range(10))

    def test_iterator_leaves_out_what_is_gone_by_then(self) -> None:
        threads.insert_many([{"n": n} for n in range(9)])
        met = []
        for row in threads.all().iterator(chunk_size=2):
            met.append(row["n"])
            threads.delete_many({"n": {"$in": [4, 5]}})
            threads.insert_one({"n": 99})
        assert met == [0, 1, 2, 3, 6, 7, 8]

    def test_a_loop_may_act_as_somebody_else_meanwhile(self) -> None:
        threads.insert_many([{"n": n} for n in range(4)])
        met = []
        for row in threads.all().iterator(chunk_size=1):
            met.append(row["n"])
            with acting_as(Identity(user_id="2")):
                threads.insert_one({"n": 99})
        assert met == [0, 1, 2, 3]


documents = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "priority": st.one_of(st.none(), st.integers(-3, 3)),
            "subject": st.one_of(st.none(), st.sampled_from(["", "a", "B", "é"])),
            "any": st.sampled_from([*VALUES, ["a", 1], {"a": 1}]),
        },
    ),
    max_size=8,
)
comparisons = st.tuples(
    st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
    st.one_of(
        st.tuples(st.just("priority"), st.integers(-3, 3)),
        st.tuples(st.just("subject"), st.sampled_from(["", "a", "B", "é"])),
        st.tuples(st.just("any"), st.sampled_from(["a", "b", 1, 2.5])),
    ),
)


def expected(document: dict[str, Any], operator: str, key: str, wanted: Any) -> bool:
    """The rule in plain Python: equality looks into arrays, order stays within a type."""
    value = document.get(key)
    values = value if isinstance(value, list) else [value]
    same = [one for one in values if _kind(one) == _kind(wanted)]
    if operator in ("eq", "ne"):
        return (wanted in same) == (operator == "eq")
    compare: Any = {"gt": gt, "gte": ge, "lt": lt, "lte": le}[operator]
    return any(compare(one, wanted) for one in same)


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, (int, float)) else str(type(value))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents, st.lists(comparisons, min_size=1, max_size=3))
def test_any_filter_finds_what_plain_python_finds(docs: list[dict[str, Any]], clauses: Any) -> None:
    with acting_as(Identity(user_id="property")):
        for row in threads.all():
            row.delete()
        threads.insert_many([{**document, "n": n} for n, document in enumerate(docs)])
        query, holds = threads.all(), [True] * len(docs)
        for operator, (key, wanted) in clauses:
            before = query.count()
            query = query.filter(**{f"{key}__{operator}": wanted})
            assert query.count() <= before
            holds = [
                h and expected(document, operator, key, wanted)
                for h, document in zip(holds, docs, strict=True)
            ]
            excluded = threads.exclude(**{f"{key}__{operator}": wanted})
            assert keys_of(excluded) == [
                n for n, document in enumerate(docs) if not expected(document, operator, key, wanted)
            ]
        assert keys_of(query) == [n for n, hold in enumerate(holds) if hold]
        assert query.count() == len(query.rows())


class TestLongAndExactValues:
    """A generated column only finds candidates where it cannot hold the whole value."""

    def test_long_texts_are_stored_ordered_and_compared_whole(self) -> None:
        same = "x" * 600
        threads.insert_many(
            [{"n": n, "subject": s} for n, s in enumerate([same + "b", same + "a", same, "x" * 499])]
        )
        assert keys_of(threads.filter(subject=same)) == [2]
        assert keys_of(threads.filter(subject=same + "a")) == [1]
        assert keys_of(threads.exclude(subject=same)) == [0, 1, 3]
        assert keys_of(threads.filter(subject__gt=same)) == [0, 1]
        assert keys_of(threads.filter(subject="x" * 499)) == [3]
        assert keys_of(threads.filter(subject="x" * 500)) == []
        assert keys_of(threads.filter(subject__lt="x" * 500)) == [3]

    def test_the_longest_text_that_a_document_may_hold(self) -> None:
        threads.insert_one({"n": 0, "subject": "é" * 400_000})
        assert keys_of(threads.order_by("subject")) == [0]

    def test_a_currency_equals_its_exact_amount_only(self) -> None:
        amounts = ["9007199254740993.01", "9007199254740993.02", "0.30"]
        everything.insert_many([{"n": n, "currency": amount} for n, amount in enumerate(amounts)])
        assert keys_of(everything.filter(currency=amounts[0])) == [0]
        assert keys_of(everything.exclude(currency=amounts[1])) == [0, 2]
        assert keys_of(everything.filter(currency="0.3")) == [2]

    @pytest.mark.parametrize("lookup", ["status__like", "subject__length", "priority__0", "received__year"])
    def test_a_lookup_on_a_declared_column_is_never_taken_for_a_key(self, lookup: str) -> None:
        with pytest.raises(ValueError, match="Legal:"):
            threads.filter(**{lookup: 1})
