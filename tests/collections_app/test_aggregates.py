"""Sums, averages, groups and distinct values, computed in the database: against plain Python, on both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule import Identity, acting_as
from capsule.identity import Binding, bound
from collections_app import Avg, Collection, Count, Max, Min, Sum, TooManyGroups
from collections_app.aggregates import computing
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.tracking import tracking
from tests.testapp.declared.collections import bookmarks, contacts, everything, notes, threads

pytestmark = pytest.mark.django_db

_people = count()


def somebody_new() -> Identity:
    """Whose scope is empty, so that no example has to clear up after another."""
    return Identity(user_id=f"new-{next(_people)}")


@pytest.fixture(autouse=True)
def acting() -> Iterator[None]:
    with acting_as(Identity(user_id="1")):
        yield


def store_as_it_is(handle: Collection, document: dict[str, Any]) -> None:
    """A document past the cleaning, as an old one may be."""
    row = handle.insert_one({})
    with opened(EVERY_SCOPE):
        handle.model.objects.filter(public_id=row.id).update(data=document)


class TestMeasures:
    def test_of_all_rows_it_is_a_dict(self) -> None:
        threads.insert_many([{"priority": n, "subject": s} for n, s in enumerate(["b", "a", "c"])])
        assert threads.aggregate(
            rows=Count(), sum=Sum("priority"), avg=Avg("priority"), low=Min("subject"), high=Max("subject")
        ) == {"rows": 3, "sum": 3, "avg": 1.0, "low": "a", "high": "c"}

    def test_of_nothing(self) -> None:
        nothing = {"n": 0, "k": 0, "s": 0, "a": None, "lo": None, "hi": None}
        measures: dict[str, Any] = {
            "n": Count(),
            "k": Count("priority"),
            "s": Sum("priority"),
            "a": Avg("priority"),
            "lo": Min("any"),
            "hi": Max("subject"),
        }
        assert threads.aggregate(**measures) == nothing
        assert threads.limit(0).aggregate(**measures) == nothing
        assert threads.aggregate(group_by="status", n=Count()) == []
        assert threads.limit(0).aggregate("status", n=Count()) == []
        assert everything.aggregate(s=Sum("currency"), a=Avg("currency")) == {"s": Decimal(0), "a": None}

    def test_a_filter_and_a_slice_bound_it(self) -> None:
        threads.insert_many([{"priority": n, "status": "open" if n % 2 else "new"} for n in range(10)])
        assert threads.aggregate({"status": "open"}, total=Sum("priority")) == {"total": 25}
        assert threads.filter(priority__gte=8).aggregate(total=Sum("priority")) == {"total": 17}
        assert threads.order_by("-priority").limit(3).aggregate(total=Sum("priority")) == {"total": 24}
        assert threads.all()[2:4].aggregate("status", n=Sum("priority")) == [
            {"status": "new", "n": 2},
            {"status": "open", "n": 3},
        ]

    def test_whole_numbers_stay_whole(self) -> None:
        threads.insert_many([{"priority": 2**53 - 3, "x": 3}, {"priority": 2, "x": 4}])
        found = threads.aggregate(p=Sum("priority"), x=Sum("x"), lo=Min("x"), hi=Max("priority"), m=Avg("x"))
        assert found == {"p": 2**53 - 1, "x": 7, "lo": 3, "hi": 2**53 - 3, "m": 3.5}
        assert [type(value) for value in found.values()] == [int, int, int, int, float]

    def test_a_currency_is_exact(self) -> None:
        amounts = ["0.1", "0.2", "9007199254740993.01", "-5", "123456789012345678901234567890"]
        everything.insert_many([{"currency": amount} for amount in amounts])
        found = everything.aggregate(
            s=Sum("currency"), a=Avg("currency"), lo=Min("currency"), hi=Max("currency"), n=Count("currency")
        )
        total, mean = (
            Decimal("123456789012354686100489308878.31"),
            Decimal("24691357802470937220097861775.662"),
        )
        assert found == {"s": total, "a": mean, "lo": Decimal("-5"), "hi": Decimal(amounts[4]), "n": 5}
        assert all(isinstance(found[name], Decimal) for name in ("s", "a", "lo", "hi"))

    def test_a_text_that_is_no_amount_is_left_out(self) -> None:
        everything.insert_one({"currency": "2"})
        for odd in ("1\n", "NaN", "1e5", "", "٣", "x" * 99, 7, True, None, ["1"]):
            store_as_it_is(everything, {"currency": odd})
        found = everything.aggregate(s=Sum("currency"), a=Avg("currency"), lo=Min("currency"))
        assert found == {"s": Decimal(2), "a": Decimal(2), "lo": Decimal(2)}

    def test_groups_of_what_is_no_amount_follow_the_amounts(self) -> None:
        for odd in ("NaN", "10", "sNaN", "9", "-Infinity", "x"):
            store_as_it_is(everything, {"currency": odd})
        found = everything.aggregate(group_by="currency", n=Count())
        assert [group["currency"] for group in found] == ["9", "10", "-Infinity", "NaN", "sNaN", "x"]

    def test_equal_values_are_one_however_deep_they_differ(self) -> None:
        values: list[Any] = [{"n": 1}, {"n": 1.0}, {"n": 0}, {"n": -0.0}, [[1.0], 2], [[1], 2.0]]
        threads.insert_many([{"o": value} for value in values])
        assert threads.distinct("o") == [2, {"n": 0}, {"n": 1}, [1]]
        found = threads.aggregate(group_by="o", n=Count())
        assert [(group["o"], group["n"]) for group in found] == [
            (2, 2),
            ({"n": 0}, 2),
            ({"n": 1}, 2),
            ([1], 2),
        ]

    def test_values_of_other_types_are_left_out(self) -> None:
        threads.insert_many([{"x": v} for v in (1, 2.5, "7", True, None, [9], {"k": 9})] + [{}])
        assert threads.aggregate(s=Sum("x"), a=Avg("x"), n=Count("x"), rows=Count()) == {
            "s": 3.5,
            "a": 1.75,
            "n": 6,
            "rows": 8,
        }
        assert threads.aggregate(lo=Min("x"), hi=Max("x")) == {"lo": 1, "hi": True}
        assert threads.aggregate({"x": {"$gt": ""}}, lo=Min("x"), hi=Max("x")) == {"lo": "7", "hi": "7"}

    def test_dotted_paths_and_hostile_keys(self) -> None:
        hostile = ["0", "%s", "'; DROP TABLE x; --", "a b", "9" * 30, "x) FROM y --", "{alias}"]
        threads.insert_many([{"m": {"k": n}, **dict.fromkeys(hostile, n)} for n in range(4)])
        assert threads.aggregate(s=Sum("m.k")) == {"s": 6}
        for key in hostile:
            assert threads.aggregate(s=Sum(key), lo=Min(key), n=Count(key)) == {"s": 6, "lo": 0, "n": 4}
            assert len(threads.aggregate(group_by=key, n=Count())) == 4
            assert threads.distinct(key) == [0, 1, 2, 3]
            named: dict[str, Any] = {key: Count()}
            assert threads.aggregate(**named) == {key: 4}

    def test_a_sum_that_no_double_holds_is_none_and_no_error(self) -> None:
        threads.insert_many([{"x": 1.7e308, "priority": 1.7e308}, {"x": 1.7e308, "priority": 1.7e308}])
        assert threads.aggregate(s=Sum("x"), p=Sum("priority")) == {"s": None, "p": None}
        assert threads.aggregate(hi=Max("x"), rows=Count()) == {"hi": 1.7e308, "rows": 2}
        assert threads.limit(1).aggregate(s=Sum("x"), a=Avg("priority")) == {"s": 1.7e308, "a": 1.7e308}

    def test_whole_numbers_past_64_bits_are_no_error(self) -> None:
        threads.insert_many([{"x": 2**53 - 1} for _ in range(1100)])
        assert threads.aggregate(s=Sum("x"))["s"] == pytest.approx(1100 * (2**53 - 1))

    def test_long_texts_come_whole(self) -> None:
        long = "x" * 600
        threads.insert_many([{"subject": long + end} for end in "ba"])
        assert threads.aggregate(lo=Min("subject"), hi=Max("subject")) == {"lo": long + "a", "hi": long + "b"}
        grouped = threads.aggregate(group_by="subject", n=Count())
        assert grouped == [{"subject": long + end, "n": 1} for end in "ab"]
        assert threads.distinct("subject") == [long + "a", long + "b"]

    def test_text_is_ordered_by_code_point(self) -> None:
        threads.insert_many([{"subject": s, "any": s} for s in ("b", "B", "ä", "a", "_")])
        for key in ("subject", "any"):
            assert threads.aggregate(lo=Min(key), hi=Max(key)) == {"lo": "B", "hi": "ä"}
            assert threads.distinct(key) == ["B", "_", "a", "b", "ä"]

    def test_booleans_and_dates(self) -> None:
        everything.insert_many([{"boolean": b, "date": d} for b, d in [(True, "2026-02-01"), (False, None)]])
        assert everything.aggregate(lo=Min("boolean"), hi=Max("boolean"), last=Max("date")) == {
            "lo": False,
            "hi": True,
            "last": "2026-02-01",
        }


class TestErrors:
    @pytest.mark.parametrize("measure", [Sum("subject"), Avg("status"), Sum("tags"), Sum("received")])
    def test_what_cannot_be_summed_names_what_can(self, measure: Any) -> None:
        with pytest.raises(ValueError, match="Legal: priority"):
            threads.aggregate(x=measure)

    def test_what_has_no_order_names_what_has(self) -> None:
        with pytest.raises(ValueError, match="Legal: subject, sender, status, priority, received"):
            threads.aggregate(x=Min("tags"))
        with pytest.raises(ValueError, match="No column of this collection can"):
            bookmarks.aggregate(x=Sum("title"))

    @pytest.mark.parametrize("measure", ["sum", Sum, None, 3, {"$sum": 1}, lambda: 1])
    def test_what_is_no_measure_names_those_there_are(self, measure: Any) -> None:
        with pytest.raises(TypeError, match=r"Legal: Count\(\)"):
            threads.aggregate(x=measure)

    @pytest.mark.parametrize("kind", [Sum, Avg, Min, Max, Count])
    def test_what_is_no_key(self, kind: Any) -> None:
        for key in ("a..b", "$where", "a\0b", ".".join("abcdefghi"), "_id", "id"):
            with pytest.raises(ValueError):
                threads.aggregate(x=kind(key))
        with pytest.raises(TypeError, match="name of a key"):
            kind(7)

    def test_groups_that_are_none(self) -> None:
        with pytest.raises(ValueError, match=r"Legal: year, quarter, month, week, day, weekday, hour"):
            threads.aggregate(group_by="received__mont", n=Count())
        with pytest.raises(ValueError, match="no date column. Legal: received"):
            threads.aggregate(group_by="subject__month", n=Count())
        for wrong in ([], "a..b", "_id", ["status", "status"], [f"k{n}" for n in range(9)]):
            with pytest.raises(ValueError):
                threads.aggregate(group_by=wrong, n=Count())
        with pytest.raises(TypeError):
            threads.aggregate(group_by=[3], n=Count())  # type: ignore[list-item]
        with pytest.raises(TypeError, match="group_by names keys"):
            threads.all().aggregate({"status": "open"}, n=Count())  # type: ignore[call-overload]
        with pytest.raises(ValueError, match="a lookup, not a key"):
            threads.aggregate(n=Max("received__month"))
        with pytest.raises(ValueError, match="same name"):
            threads.aggregate(group_by="status", status=Count())
        with pytest.raises(ValueError, match="Say what to compute"):
            threads.aggregate(group_by="status")
        with pytest.raises(ValueError, match="at most"):
            many: dict[str, Any] = {f"n{n}": Count() for n in range(51)}
            threads.aggregate(**many)
        with pytest.raises(ValueError):
            threads.distinct("_id")

    def test_more_groups_than_there_may_be_are_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(computing, "MOST_GROUPS", 3)
        threads.insert_many([{"x": n, "subject": str(n)} for n in range(4)])
        for key in ("x", "subject"):
            with pytest.raises(TooManyGroups, match="More than 3 groups"):
                threads.aggregate(group_by=key, n=Count())
            with pytest.raises(ValueError, match="filter first"):
                threads.distinct(key)
        assert threads.limit(3).distinct("x") == [0, 1, 2]
        assert threads.aggregate({"x": {"$lt": 3}}, group_by="x", n=Count())[-1] == {"x": 2, "n": 1}


class TestGroups:
    def test_by_one_column_missing_is_none_and_first(self) -> None:
        threads.insert_many([{"priority": p} for p in (2, 1, 2)] + [{}])
        assert threads.aggregate(group_by="priority", n=Count()) == [
            {"priority": None, "n": 1},
            {"priority": 1, "n": 1},
            {"priority": 2, "n": 2},
        ]

    def test_by_several_columns(self) -> None:
        threads.insert_many([{"status": s, "priority": p} for s in ("open", "new") for p in (2, 1)])
        found = threads.aggregate(group_by=["status", "priority"], n=Count())
        assert [(group["status"], group["priority"], group["n"]) for group in found] == [
            ("new", 1, 1),
            ("new", 2, 1),
            ("open", 1, 1),
            ("open", 2, 1),
        ]

    def test_a_document_counts_once_under_each_of_its_tags(self) -> None:
        threads.insert_many(
            [
                {"tags": ["vip", "eu"], "priority": 2, "any": ["a", "a", 1, 1.0, True]},
                {"tags": ["vip"], "priority": 3, "any": "a"},
                {"any": []},
            ]
        )
        assert threads.aggregate(group_by="tags", n=Count(), s=Sum("priority")) == [
            {"tags": None, "n": 1, "s": 0},
            {"tags": "eu", "n": 1, "s": 2},
            {"tags": "vip", "n": 2, "s": 5},
        ]
        found = threads.aggregate(group_by="any", n=Count())
        assert [(group["any"], group["n"]) for group in found] == [(None, 1), (1, 1), ("a", 2), (True, 1)]
        both = threads.aggregate(group_by=["tags", "any"], n=Count())
        assert sum(group["n"] for group in both) == 2 * 3 + 1 + 1

    def test_by_values_of_any_type_in_the_order_of_types(self) -> None:
        values = [None, -1, 2.5, 10, "", "a", {"k": 1}, [["x"]], False, True]
        threads.insert_many([{"any": value} for value in reversed(values)] + [{}])
        found = threads.aggregate(group_by="any", n=Count())
        assert [group["any"] for group in found] == [None, -1, 2.5, 10, "", "a", {"k": 1}, ["x"], False, True]
        assert [group["n"] for group in found] == [2, *[1] * 9]

    def test_by_currency_as_it_is_stored_in_the_order_of_amounts(self) -> None:
        everything.insert_many([{"currency": a} for a in ("10", "9.5", "9.5", "-1")] + [{}])
        found = everything.aggregate(group_by="currency", n=Count())
        assert [(group["currency"], group["n"]) for group in found] == [
            (None, 1),
            ("-1", 1),
            ("9.5", 2),
            ("10", 1),
        ]

    def test_by_boolean_and_by_a_column_without_an_index(self) -> None:
        everything.insert_many([{"boolean": True}, {"boolean": False}, {}])
        assert [g["boolean"] for g in everything.aggregate(group_by="boolean", n=Count())] == [
            None,
            False,
            True,
        ]
        contacts.insert_many([{"name": n, "email": "a@example.com"} for n in "bab"])
        assert contacts.aggregate(group_by="name", n=Count()) == [
            {"name": "a", "n": 1},
            {"name": "b", "n": 2},
        ]


PARTS = {
    "year": 2026,
    "quarter": "2026-Q1",
    "month": "2026-01",
    "week": "2026-W01",
    "day": "2026-01-01",
    "weekday": 4,
    "hour": None,
}


class TestDates:
    @pytest.mark.parametrize("part", PARTS)
    def test_of_a_day(self, part: str) -> None:
        threads.insert_many([{"received": "2026-01-01"}])
        name = f"received__{part}"
        assert threads.aggregate(group_by=name, n=Count()) == [{name: PARTS[part], "n": 1}]

    def test_of_an_instant_in_the_current_time_zone(self) -> None:
        threads.insert_one({"received": "2025-12-31T23:30:00Z"})
        names = [f"received__{part}" for part in PARTS]
        with timezone.override("Europe/Vienna"):
            assert threads.aggregate(group_by=names, n=Count()) == [
                {**{f"received__{p}": value for p, value in PARTS.items()}, "received__hour": 0, "n": 1}
            ]
        with timezone.override("America/New_York"):
            (found,) = threads.aggregate(group_by=["received__day", "received__hour"], n=Count())
            assert found == {"received__day": "2025-12-31", "received__hour": 18, "n": 1}

    def test_of_any_path_where_it_holds_one(self) -> None:
        odd = ["2026-02-31", "0000-01-01", "2026-1-1", "20260101", "2026-01-01T25:00:00.000000Z", "x", 5]
        odd += ["2026-01-01\n", "2026-01-01T00:00:00.000000Z\n", "٢٠٢٦-٠١-٠١", ["2026-01-01"], None, True]
        threads.insert_many([{"m": {"at": v}} for v in ["2026-01-31", "2026-01-01T00:00:00.000000Z", *odd]])
        for part in PARTS:
            found = threads.aggregate(group_by=f"m.at__{part}", n=Count())
            assert sum(group["n"] for group in found) == len(odd) + 2
            missing = len(odd) + (part == "hour")
            assert found[0] == {f"m.at__{part}": None, "n": missing}

    @pytest.mark.parametrize("part", PARTS)
    def test_past_the_first_and_the_last_year_there_is_none(self, part: str) -> None:
        moments = ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z"]
        threads.insert_many([{"at": moment} for moment in moments])
        name = f"at__{part}"
        for zone, within in (("Pacific/Auckland", moments[1]), ("America/Los_Angeles", moments[0])):
            with timezone.override(zone):
                alone = threads.aggregate({"at": within}, group_by=name, n=Count())
                assert threads.aggregate(group_by=name, n=Count()) == [{name: None, "n": 1}, *alone]

    def test_a_zone_without_a_name_is_an_error(self) -> None:
        threads.insert_one({})
        with (
            timezone.override(dt.timezone(dt.timedelta(hours=2))),
            pytest.raises(ValueError, match="named time zone"),
        ):
            threads.aggregate(group_by="received__day", n=Count())
        with timezone.override(dt.UTC):
            assert threads.aggregate(group_by="received__day", n=Count()) == [{"received__day": None, "n": 1}]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.lists(
            st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from(["Europe/Vienna", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "UTC"]),
    )
    def test_as_python_reads_it(self, moments: list[dt.datetime], zone: str) -> None:
        with acting_as(somebody_new()), timezone.override(zone):
            threads.insert_many([{"received": moment} for moment in moments])
            expected: dict[tuple[Any, ...], int] = {}
            for moment in moments:
                local = moment.astimezone(timezone.get_current_timezone())
                year, week, weekday = local.isocalendar()
                key = (f"{local:%Y-%m-%d}", f"{year}-W{week:02}", weekday, local.hour)
                expected[key] = expected.get(key, 0) + 1
            names = [f"received__{part}" for part in ("day", "week", "weekday", "hour")]
            found = threads.aggregate(group_by=names, n=Count())
            assert [tuple(group.values()) for group in found] == [
                (*key, count) for key, count in sorted(expected.items())
            ]


class TestDistinct:
    def test_arrays_are_unwound_and_missing_is_no_value(self) -> None:
        threads.insert_many([{"any": v} for v in (["b", 1], "a", [["n"]], [], {"k": 1}, True, 1.0)] + [{}])
        assert threads.distinct("any") == [1, "a", "b", {"k": 1}, ["n"], True]
        threads.insert_one({"any": None})
        assert threads.distinct("any", {"any": None}) == [None]

    def test_of_declared_columns(self) -> None:
        threads.insert_many([{"priority": p, "tags": t} for p, t in [(2, ["x", "y"]), (1, ["x"])]])
        threads.insert_one({"priority": 2})
        assert threads.distinct("priority") == [1, 2]
        assert threads.distinct("tags") == ["x", "y"]
        assert threads.distinct("status") == ["new"]
        assert threads.filter(priority=1).distinct("tags") == ["x"]
        assert threads.all()[1:2].distinct("priority") == [1]
        everything.insert_many([{"currency": c, "boolean": True} for c in ("2", "10")])
        assert everything.distinct("currency") == ["10", "2"]
        assert everything.distinct("boolean") == [True]

    def test_of_a_declared_column_that_holds_other_types(self) -> None:
        for odd in ("a", None, ["a", "b"], 7, {"k": 1}):
            store_as_it_is(threads, {"subject": odd})
        assert threads.distinct("subject") == [None, 7, "a", "b", {"k": 1}]


class TestScope:
    def test_everything_is_the_identitys_own(self) -> None:
        threads.insert_one({"priority": 1, "tags": ["mine"]})
        with acting_as(Identity(user_id="2")):
            threads.insert_one({"priority": 100, "tags": ["theirs"]})
            assert threads.aggregate(s=Sum("priority")) == {"s": 100}
        assert threads.aggregate(s=Sum("priority"), hi=Max("priority"), n=Count()) == {
            "s": 1,
            "hi": 1,
            "n": 1,
        }
        assert threads.aggregate(group_by="tags", n=Count()) == [{"tags": "mine", "n": 1}]
        assert threads.distinct("tags") == ["mine"]
        assert threads.distinct("priority") == [1]
        assert threads.across_scopes().distinct("tags") == ["mine", "theirs"]
        assert threads.across_scopes().aggregate(s=Sum("priority")) == {"s": 101}

    def test_every_statement_carries_the_scope(self, django_assert_num_queries: Any) -> None:
        threads.insert_one({"priority": 1})
        with django_assert_num_queries(6) as captured:
            threads.aggregate(n=Count())
            threads.aggregate(group_by=["tags", "received__day", "any"], n=Sum("x"))
            threads.limit(3).aggregate(n=Count())
            threads.distinct("priority")
            threads.exists()
        assert all("scope_key\" = 'user:1'" in query["sql"] for query in captured)

    @pytest.mark.parametrize(
        "read",
        [
            lambda: threads.aggregate(n=Count()),
            lambda: threads.aggregate(group_by="tags", n=Count()),
            lambda: threads.distinct("any"),
            lambda: threads.exists(),
            lambda: threads.all().page(),
            lambda: threads.all().values(),
        ],
    )
    def test_the_topic_is_noted(self, read: Any) -> None:
        with tracking() as topics:
            read()
        assert [str(topic) for topic in topics.topics] == ["collection:test_threads:user:1"]

    def test_a_visitor_without_a_conversation_has_nothing(self) -> None:
        with bound(Binding(Identity, start=lambda: "never")):
            assert notes.aggregate(n=Count(), s=Sum("x")) == {"n": 0, "s": 0}
            assert notes.aggregate(group_by="note", n=Count()) == []
            assert notes.distinct("note") == []


def test_the_async_twins_do_the_same() -> None:
    async def work() -> None:
        await threads.ainsert_many([{"priority": n, "status": "open"} for n in range(3)])
        assert await threads.aaggregate({"priority": {"$gt": 0}}, total=Sum("priority")) == {"total": 3}
        assert await threads.aaggregate(group_by="status", n=Count()) == [{"status": "open", "n": 3}]
        assert await threads.adistinct("priority", {"priority": {"$lt": 2}}) == [0, 1]
        assert await threads.aexists({"priority": 2})
        query = threads.order_by("-priority")
        assert await query.aaggregate("status", n=Count()) == [{"status": "open", "n": 3}]
        assert await query.adistinct("status") == ["open"]
        page = await query.apage(2)
        assert [row["priority"] for row in await query.apage(2, after=page.next)] == [0]
        last, one = await query.alast(), await query.filter(priority=1).aone()
        assert last is not None and last["priority"] == 0
        assert await query.aget(one.id) == one
        assert await query.avalues("priority") == [{"priority": n} for n in (2, 1, 0)]

    async_to_sync(work)()


values = st.sampled_from([None, 0, 1, -2, 2.5, "a", "b", True, False, ["a", 1], [], {"k": 1}])
documents = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "priority": st.one_of(st.none(), st.integers(-3, 3)),
            "subject": st.sampled_from([None, "a", "B"]),
            "tags": st.lists(st.sampled_from(["x", "y", "z"]), unique=True),
            "any": values,
        },
    ),
    max_size=10,
)


def kept(documents: list[dict[str, Any]], key: str, kinds: Any) -> list[Any]:
    found = [document.get(key) for document in documents]
    return [v for v in found if isinstance(v, kinds) and (bool in kinds or not isinstance(v, bool))]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents)
def test_any_measure_and_group_is_what_plain_python_finds(docs: list[dict[str, Any]]) -> None:
    with acting_as(somebody_new()):
        threads.insert_many(docs)
        for key in ("priority", "any"):
            found = kept(docs, key, (int, float))
            assert threads.aggregate(s=Sum(key), a=Avg(key), n=Count(key)) == {
                "s": sum(found),
                "a": sum(found) / len(found) if found else None,
                "n": sum(document.get(key) is not None for document in docs),
            }
        for key in ("priority", "subject", "tags", "any"):
            groups: dict[str, int] = {}
            for document in docs:
                value = document.get(key)
                each = value or [None] if isinstance(value, list) else [value]
                for name in dict.fromkeys(f"{type(v).__name__}{v}" for v in each):
                    groups[name] = groups.get(name, 0) + 1
            found_groups = threads.aggregate(group_by=key, n=Count())
            assert {f"{type(g[key]).__name__}{g[key]}": g["n"] for g in found_groups} == groups
            assert len(found_groups) == len(groups)
        assert sum(group["n"] for group in threads.aggregate(group_by="subject", n=Count())) == len(docs)
