"""Rows -> series, places, and what is drawn of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from capsule.errors import BadInput
from handlers.charts import (
    CHART_TYPES,
    MOST_DRAWN,
    MOST_POINTS,
    MOST_SERIES,
    ChartData,
    Reference,
    Series,
    chart_data,
    drawing_of,
    in_words,
)
from handlers.charts.axes import axis_of
from handlers.charts.drawing import gaps_of
from handlers.charts.kinds import check_kind
from handlers.charts.thinning import scattered, thinned

ROWS = [{"day": "Mon", "opened": 5, "closed": 3}, {"day": "Tue", "opened": 7, "closed": None}]
MONDAY = date(2026, 3, 2)
DAY = 86_400_000


def drawing(data: ChartData, kind: Any = "line", **options: Any) -> dict[str, Any]:
    """What is drawn, as it goes through JSON."""
    drawn = drawing_of(data, kind, ["number"] * len(data.series), **options)
    found: dict[str, Any] = json.loads(json.dumps(drawn, allow_nan=False))
    return found


def days(*numbers: int) -> list[dict[str, Any]]:
    return [{"x": (MONDAY + timedelta(days=at)).isoformat(), "y": at} for at in numbers]


# Fields and values -------------------------------------------------------------------------------------


def test_rows_become_points_and_series() -> None:
    data = chart_data(ROWS, "day", ["opened", "closed"])
    assert data.points == ("Mon", "Tue")
    assert data.series == (Series("opened", "Opened", (5.0, 7.0)), Series("closed", "Closed", (3.0, None)))
    assert data.rows() == [("Mon", [5.0, 3.0]), ("Tue", [7.0, None])]
    assert not data.is_empty


def test_one_field_may_be_a_string_and_labels_win() -> None:
    data = chart_data(ROWS, "day", "opened", {"opened": "New", "day": "Weekday"})
    assert (data.x_label, data.series[0].label) == ("Weekday", "New")


def test_a_paging_envelope_is_its_rows() -> None:
    assert chart_data({"rows": ROWS, "total": 2}, "day", "opened").points == ("Mon", "Tue")


@pytest.mark.parametrize("rows", [[], [{"day": "Mon", "opened": None}]])
@pytest.mark.parametrize("kind", CHART_TYPES)
def test_without_a_value_a_chart_of_any_type_is_empty(rows: list[dict[str, Any]], kind: Any) -> None:
    data = chart_data([] if kind == "scatter" else rows, "day", "opened", kind=kind)
    assert data.is_empty
    assert drawing(data, kind)["type"] == kind


@pytest.mark.parametrize(
    ("x", "y", "series", "fields"),
    [
        ("dya", "opened", None, {"x"}),
        ("day", "open", None, {"y"}),
        ("dya", ["open", "shut"], None, {"x", "y"}),
        ("day", "opened", "stauts", {"series"}),
    ],
)
def test_an_unknown_field_is_named_with_the_legal_ones(
    x: str, y: Any, series: str | None, fields: set[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        chart_data(ROWS, x, y, series=series)
    assert set(caught.value.fields) == fields
    for sentences in caught.value.fields.values():
        assert all("Known: day, opened, closed." in sentence for sentence in sentences)


def test_a_declared_field_is_known_even_where_no_row_has_it() -> None:
    data = chart_data([{"day": "Mon"}], "day", "opened", {"day": "Day", "opened": "Opened"})
    assert data.series[0].values == (None,)
    with pytest.raises(BadInput):
        chart_data([], "day", "shut", {"day": "Day", "opened": "Opened"})


@pytest.mark.parametrize("rows", [None, 5, "text", {"a": 1}, [1, 2], [{"day": 1}, None], {"rows": 5}])
def test_what_is_no_list_of_rows_is_refused(rows: object) -> None:
    with pytest.raises(BadInput, match="list of rows"):
        chart_data(rows, "day", "opened")


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput):
        chart_data(ROWS, "day", [])


@pytest.mark.parametrize("value", ["many", True, [], {}, "", "1_0x"])
def test_values_that_are_no_numbers_are_refused(value: object) -> None:
    with pytest.raises(BadInput, match="not numbers"):
        chart_data([{"day": "Mon", "opened": value}], "day", "opened")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", 12.5),
        (Decimal("0.1"), 0.1),
        (float("nan"), None),
        ("NaN", None),
        (float("inf"), None),
        (10**400, None),
        (None, None),
    ],
)
def test_decimals_and_what_is_not_finite(value: object, number: float | None) -> None:
    if value == 10**400:
        with pytest.raises(BadInput, match="not numbers"):
            chart_data([{"day": "Mon", "opened": value}], "day", "opened")
    else:
        data = chart_data([{"day": "Mon", "opened": value}], "day", "opened")
        assert data.series[0].values == (number,)


def test_points_are_words() -> None:
    rows = [{"x": value, "y": 1} for value in (None, True, False, 5, "<b>")]
    assert chart_data(rows, "x", "y").points == ("–", "Yes", "No", "5", "<b>")


def test_no_more_is_read_than_a_chart_takes() -> None:
    data = chart_data([{"x": f"{n}", "y": n} for n in range(MOST_POINTS + 1)], "x", "y")
    assert (len(data.xs), data.truncated) == (MOST_POINTS, True)
    assert not chart_data([{"x": n, "y": n} for n in range(MOST_POINTS)], "x", "y").truncated


def test_a_field_in_words() -> None:
    assert [in_words(name) for name in ("first_reply", "a", "", "__")] == ["First reply", "A", "", ""]


@settings(max_examples=40)
@given(
    st.lists(st.fixed_dictionaries({"x": st.text(max_size=5), "y": st.none() | st.integers(-(2**60), 2**60)}))
)
def test_each_row_is_one_point_in_order(rows: list[dict[str, Any]]) -> None:
    rows = [{**row, "x": f"word {row['x']}"} for row in rows]
    data = chart_data(rows, "x", "y")
    assert data.points == tuple(row["x"] for row in rows)
    assert data.series[0].values == tuple(None if row["y"] is None else float(row["y"]) for row in rows)


# Types and arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given_", "fields", "problems"),
    [
        ("pye", {}, 1, {"chart_type": "Use one of: line, bar, area, pie, doughnut, scatter."}),
        ("line", {"stacked": True}, 1, {"stacked": "Only these types have it: bar, area."}),
        ("area", {"horizontal": True}, 1, {"horizontal": "Only these types have it: bar."}),
        ("pie", {"series": "a"}, 1, {"series": "Only these types have it: line, bar, area, scatter."}),
        (
            "doughnut",
            {"reference": 0},
            1,
            {"reference": "Only these types have it: line, bar, area, scatter."},
        ),
        ("pie", {}, 2, {"y": "Name one field."}),
        ("line", {"series": "a"}, 2, {"y": "Name one field."}),
    ],
)
def test_what_does_not_go_together_is_said_with_what_does(
    kind: str, given_: dict[str, Any], fields: int, problems: dict[str, str]
) -> None:
    with pytest.raises(BadInput) as caught:
        check_kind(kind, given_, fields)
    assert caught.value.fields == {name: [sentence] for name, sentence in problems.items()}


@pytest.mark.parametrize(
    "reference", [True, "8", None, (1, 2, 3), float("nan"), ("Goal", "many"), 10**400, {}]
)
def test_a_reference_is_a_number_with_or_without_words(reference: Any) -> None:
    assert Reference.of(("Goal", 8)) == Reference("Goal", 8.0)
    assert Reference.of(Decimal("0.5")) == Reference("", 0.5)
    if reference is None:
        assert Reference.of(None) is None
    else:
        with pytest.raises(BadInput, match="no number"):
            Reference.of(reference)


# Places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "unit", "step", "words"),
    [
        (["2026-03-02", "2026-03-03"], "day", DAY, "March 2, 2026"),
        (["2026-W10", "2026-W11"], "week", 7 * DAY, "Week of March 2, 2026"),
        (["2026-03", "2026-04"], "month", 31 * DAY, "March 2026"),
        (["2026-Q1", "2026-Q2"], "quarter", 90 * DAY, "Q1 2026"),
        (["2026-03-02T10:00:00Z", "2026-03-02T11:00:00.500+01:00"], "instant", 500, "March 2, 2026, 11:00"),
        (["2026-03-02T10:00", "2026-03-02T10:01"], "instant", 60_000, "March 2, 2026, 10:00"),
        (["2026-03-02", "2026-03-02T00:00:00Z"], "instant", 3_600_000, "March 2, 2026"),
    ],
)
def test_times_stand_by_their_time(values: list[str], unit: str, step: int, words: str) -> None:
    with timezone.override("Europe/Vienna"):
        data = chart_data([{"x": value, "y": 1} for value in values], "x", "y")
        assert (data.axis.kind, data.axis.unit) == ("time", unit)
        first, second = data.axis.places
        assert first is not None and second is not None and second - first == step
        assert data.points[0] == words
        assert drawing(data)["zone"] == ("Europe/Vienna" if unit == "instant" else "UTC")


@pytest.mark.parametrize(
    "values",
    [
        ["2026-03-02", "Tuesday"],
        ["2026-03", "2026-03-02"],
        ["2026-02-30"],
        ["2026-W54"],
        ["0000-01-01"],
        ["2026-13"],
        ["2026-03-02T99:00"],
        ["٢٠٢٦-٠٣-٠٢"],
        [None],
        [["2026-03-02"]],
        [1, "2"],
        [True, 1],
    ],
)
def test_what_is_no_time_and_no_number_stands_in_a_row(values: list[Any]) -> None:
    assert axis_of(values, "line").kind == "category"


def test_points_are_ordered_by_place_and_what_has_none_comes_last_and_is_counted() -> None:
    rows = [{"x": None, "y": 9}, *days(2, 0, 1)]
    data = chart_data(rows, "x", "y")
    assert data.series[0].values == (0.0, 1.0, 2.0, 9.0)
    assert data.points[-1] == "–"
    assert data.placeless == 1
    assert drawing(data)["series"][0]["values"] == [0.0, 1.0, 2.0]


def test_numbers_are_places_under_lines_and_names_under_bars() -> None:
    rows = [{"x": 2027, "y": 1}, {"x": 2026.5, "y": 2}, {"x": 2026, "y": 3}]
    assert drawing(chart_data(rows, "x", "y"))["points"] == [2026, 2026.5, 2027]
    bars = drawing(chart_data(rows, "x", "y", kind="bar"), "bar")
    assert (bars["axis"], bars["points"]) == ("category", ["2027", "2026.5", "2026"])


def test_bars_of_one_day_stand_side_by_side() -> None:
    twice = [*days(0, 1), *days(1)]
    assert chart_data(days(0, 1), "x", "y", kind="bar").axis.kind == "time"
    assert chart_data(twice, "x", "y", kind="bar").axis.kind == "category"
    assert chart_data(twice, "x", "y", kind="area", is_stacked=True).axis.kind == "category"
    assert chart_data(twice, "x", "y").axis.kind == "time"


def test_a_line_is_broken_where_days_are_missing_and_at_no_weekend() -> None:
    every_day = chart_data(days(*range(10), *range(12, 30)), "x", "y")
    drawn = drawing(every_day)
    at = drawn["points"].index(drawn["points"][9] + 1.5 * DAY)
    assert (at, drawn["series"][0]["values"][9:12]) == (10, [9.0, None, 12.0])
    assert (
        None
        not in drawing(chart_data(days(*range(10), *range(12, 30)), "x", "y", kind="bar"), "bar")["series"][
            0
        ]["values"]
    )
    working = [at for at in range(60) if at % 7 < 5]
    assert None not in drawing(chart_data(days(*working), "x", "y"))["series"][0]["values"]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=80, unique=True))
def test_gaps_are_longer_than_any_usual_step(numbers: list[int]) -> None:
    data = chart_data(days(*numbers), "x", "y")
    places = [place for place in data.axis.places if place is not None]
    assert places == sorted(places)
    steps = [after - before for before, after in zip(places, places[1:], strict=False)]
    gaps = gaps_of(data.axis, places)
    assert len(gaps) <= len(steps) * 0.1
    assert all(steps[at] > min(steps) for at in gaps)


# Series by a field -------------------------------------------------------------------------------------


def long(**totals: int) -> list[dict[str, Any]]:
    return [{"x": x, "of": name, "y": total} for x in ("a", "b") for name, total in totals.items()]


def test_the_values_of_a_field_are_series() -> None:
    rows = [
        {"x": "Mon", "of": "new", "y": 1},
        {"x": "Tue", "of": "open", "y": 2},
        {"x": "Mon", "of": None, "y": 3},
    ]
    data = chart_data(rows, "x", "y", series="of")
    assert data.points == ("Mon", "Tue")
    assert {one.label: one.values for one in data.series} == {
        "new": (1, None),
        "open": (None, 2),
        "–": (3, None),
    }


def test_the_largest_stay_and_the_rest_is_one_where_values_add_up() -> None:
    sizes = {f"team {at}": at for at in range(1, 12)}
    data = chart_data(long(**sizes), "x", "y", series="of", kind="area", is_stacked=True)
    assert [one.label for one in data.series] == [*(f"team {at}" for at in range(5, 12)), "Others"]
    assert data.series[-1].values == (10.0, 10.0)
    assert (data.others, data.left_out) == (4, 0)


def test_what_does_not_add_up_is_left_out_and_said() -> None:
    sizes = {f"station {at}": at for at in range(1, 12)}
    data = chart_data(long(**sizes), "x", "y", series="of")
    assert [one.label for one in data.series] == [f"station {at}" for at in range(4, 12)]
    assert (data.others, data.left_out) == (0, 3)
    means = chart_data(long(**sizes), "x", "y", series="of", is_stacked=True, kind="bar", adds_up=False)
    assert (means.others, means.left_out) == (0, 3)


def test_two_values_for_one_point_are_refused_and_named() -> None:
    with pytest.raises(BadInput) as caught:
        chart_data([*long(new=1), *long(new=2)], "x", "y", series="of")
    assert "“new” at “a”" in caught.value.fields["series"][0]


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 14)), st.integers(0, 1000), min_size=1, max_size=80
    )
)
def test_folding_loses_nothing(cells: dict[tuple[int, int], int]) -> None:
    rows = [{"x": f"x{x}", "of": f"s{of}", "y": y} for (x, of), y in cells.items()]
    data = chart_data(rows, "x", "y", series="of", kind="bar", is_stacked=True)
    assert len(data.series) <= MOST_SERIES
    drawn = sum(value or 0 for one in data.series for value in one.values)
    assert drawn == sum(cells.values())


def test_ten_thousand_series_of_ten_thousand_points_are_read_at_once() -> None:
    rows = [{"x": f"x{at}", "of": f"s{at}", "y": 1} for at in range(MOST_POINTS)]
    data = chart_data(rows, "x", "y", series="of", kind="bar", is_stacked=True)
    assert (len(data.series), data.others) == (MOST_SERIES, MOST_POINTS - MOST_SERIES + 1)
    assert len(drawing(data, "bar", stacked=True)["points"]) <= MOST_DRAWN


# Shares ------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.none() | st.integers(0, 10_000), max_size=40))
def test_slices_are_the_largest_and_together_the_whole(sizes: list[int | None]) -> None:
    data = chart_data([{"x": f"x{at}", "y": size} for at, size in enumerate(sizes)], "x", "y", kind="pie")
    drawn = drawing(data, "pie")
    (series,) = drawn["series"]
    assert len(drawn["points"]) == len(series["values"]) <= MOST_SERIES
    assert sum(series["values"]) == sum(size or 0 for size in sizes)
    assert ("Others" in drawn["points"]) == (sum(1 for size in sizes if size) > MOST_SERIES)


def test_what_is_below_zero_is_no_share() -> None:
    with pytest.raises(BadInput, match="no share"):
        chart_data([{"x": "a", "y": -1}], "x", "y", kind="doughnut")


# Many points -------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(20, 60), st.integers(0, 400), st.integers(0, 5), st.integers())
def test_thinning_keeps_every_extreme_every_gap_and_both_ends(
    lines: int, most: int, count: int, missing: int, seed: int
) -> None:
    random = Random(seed)
    columns = [
        [None if random.randrange(20) < missing else random.gauss(0, 1e6) for _at in range(count)]
        for _line in range(lines)
    ]
    kept = thinned(columns, most)
    assert kept == sorted(set(kept))
    assert len(kept) <= most
    if count:
        assert {0, count - 1} <= set(kept)
    for values in columns:
        there = [value for value in values if value is not None]
        left = [values[at] for at in kept]
        if there:
            assert {min(there), max(there)} <= set(left)
        assert (None in values) == (None in left)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)), max_size=150))
def test_a_thinned_cloud_keeps_its_edges(points: list[tuple[float, float]]) -> None:
    kept = [points[at] for at in scattered(points, 40)]
    assert len(kept) <= 44
    for side in (0, 1):
        whole, left = [point[side] for point in points], [point[side] for point in kept]
        assert (min(whole, default=0), max(whole, default=0)) == (min(left, default=0), max(left, default=0))


def test_ten_thousand_points_are_few_enough_to_draw_and_keep_a_peak_of_one() -> None:
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    rows = [
        {"x": (begin + timedelta(minutes=at)).isoformat(), "y": 1000 if at == 7001 else at % 97, "z": at}
        for at in range(MOST_POINTS)
        if not 3000 <= at < 3100
    ]
    drawn = drawing(chart_data(rows, "x", ["y", "z"]))
    assert len(drawn["points"]) <= MOST_DRAWN
    assert max(value for value in drawn["series"][0]["values"] if value is not None) == 1000
    assert drawn["series"][0]["values"].count(None) == 1  # the time without a point is a gap still
    cloud = drawing(
        chart_data([{"x": at, "y": at * 7919 % 997} for at in range(MOST_POINTS)], "x", "y", kind="scatter"),
        "scatter",
    )
    assert len(cloud["series"][0]["values"]) <= MOST_DRAWN + 4


def test_the_peak_of_a_stack_stays_where_no_part_has_one() -> None:
    rows = [{"x": f"{at}", "a": at % 50, "b": 49 - at % 50} for at in range(5000)]
    rows[2500] |= {"a": 40, "b": 40}
    drawn = drawing(chart_data(rows, "x", ["a", "b"], kind="bar", is_stacked=True), "bar", stacked=True)
    heights = [a + b for a, b in zip(*(one["values"] for one in drawn["series"]), strict=True)]
    assert max(heights) == 80


def test_what_one_area_of_a_stack_lacks_is_no_hole_in_the_others() -> None:
    rows = [
        {"x": "2026-01-01", "a": 3, "b": 2},
        {"x": "2026-01-02", "a": None, "b": 4},
        {"x": "2026-01-03", "a": 5},
        {"x": "2026-01-04"},
    ]
    data = chart_data(rows, "x", ["a", "b"], kind="area", is_stacked=True)
    drawn = drawing(data, "area", stacked=True)
    assert [one["values"] for one in drawn["series"]] == [[3, 0, 5, None], [2, 4, 0, None]]
    assert [one.values for one in data.series] == [(3, None, 5, None), (2, 4, None, None)], (
        "its table says so"
    )
    alone = drawing(chart_data(rows, "x", ["a", "b"], kind="area"), "area")
    assert alone["series"][0]["values"] == [3, None, 5, None]


def test_points_are_scattered_by_number_by_time_and_by_series() -> None:
    rows = [{"x": "1.5", "y": 2, "of": "a"}, {"x": "1.5", "y": 3, "of": "a"}, {"x": None, "y": 4, "of": "b"}]
    data = chart_data(rows, "x", "y", series="of", kind="scatter")
    drawn = drawing(data, "scatter")
    assert [(one["label"], one["values"]) for one in drawn["series"]] == [
        ("a", [[1.5, 2], [1.5, 3]]),
        ("b", []),
    ]
    assert data.points == ("1.5", "1.5", "–"), "as its table says them"
    huge = chart_data([{"x": "1E+1000", "y": 1}, {"x": "NaN", "y": 1}], "x", "y", kind="scatter")
    assert len(huge.points) == 2
    assert drawing(chart_data(days(0, 1), "x", "y", kind="scatter"), "scatter")["axis"] == "time"
    with pytest.raises(BadInput) as caught:
        chart_data([{"x": "far", "y": 1}], "x", "y", kind="scatter")
    assert set(caught.value.fields) == {"x"}
