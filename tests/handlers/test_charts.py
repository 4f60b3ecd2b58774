"""Rows -> series."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule.errors import BadInput
from handlers.charts import MOST_POINTS, Series, chart_data, in_words

ROWS = [{"day": "Mon", "opened": 5, "closed": 3}, {"day": "Tue", "opened": 7, "closed": None}]


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


def test_no_rows_are_an_empty_chart() -> None:
    assert chart_data([], "day", "opened").is_empty


@pytest.mark.parametrize(
    ("x", "y", "fields"),
    [
        ("dya", "opened", {"x"}),
        ("day", "open", {"y"}),
        ("dya", ["open", "shut"], {"x", "y"}),
    ],
)
def test_an_unknown_field_is_named_with_the_legal_ones(x: str, y: Any, fields: set[str]) -> None:
    with pytest.raises(BadInput) as caught:
        chart_data(ROWS, x, y)
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
        (None, None),
    ],
)
def test_decimals_and_what_is_not_finite(value: object, number: float | None) -> None:
    assert chart_data([{"day": "Mon", "opened": value}], "day", "opened").series[0].values == (number,)


def test_points_are_words() -> None:
    rows = [{"x": value, "y": 1} for value in (None, True, False, 5, "<b>")]
    assert chart_data(rows, "x", "y").points == ("–", "yes", "no", "5", "<b>")


def test_no_more_is_drawn_than_can_be_told_apart() -> None:
    data = chart_data([{"x": n, "y": n} for n in range(MOST_POINTS + 1)], "x", "y")
    assert (len(data.points), data.truncated) == (MOST_POINTS, True)
    assert not chart_data([{"x": n, "y": n} for n in range(MOST_POINTS)], "x", "y").truncated


def test_a_field_in_words() -> None:
    assert [in_words(name) for name in ("first_reply", "a", "", "__")] == ["First reply", "A", "", ""]


@given(
    st.lists(st.fixed_dictionaries({"x": st.text(max_size=5), "y": st.none() | st.integers(-(2**60), 2**60)}))
)
def test_each_row_is_one_point_in_order(rows: list[dict[str, Any]]) -> None:
    data = chart_data(rows, "x", "y")
    assert data.points == tuple(row["x"] for row in rows)
    assert data.series[0].values == tuple(None if row["y"] is None else float(row["y"]) for row in rows)
