"""What stands on a metric: its value, its change, its goal, and the small line."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capsule.errors import BadInput
from handlers.metrics import Good, change_of, difference, goal_of, picked
from handlers.sparks import HEIGHT, MOST, WIDTH, spark_of

NUMBERS = st.one_of(st.integers(), st.floats(), st.decimals())
TOTALS = {"totals": {"open": 3, "by": {"bob": 1}}, "a.b": 7, "gone": None}


@pytest.mark.parametrize(
    ("field", "value"), [("totals.open", 3), ("totals.by.bob", 1), ("a.b", 7), ("gone.deeper", None)]
)
def test_a_field_is_named_with_dots(field: str, value: object) -> None:
    assert picked(TOTALS, field) == value


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("totals.shut", "totals.open, totals.by"),
        ("total.open", "totals, a.b, gone"),
        ("totals.by.eve", "totals.by.bob"),
        ("totals.open.x", "without fields"),
    ],
)
def test_a_field_that_is_not_there_is_told_with_those_beside_it(field: str, words: str) -> None:
    with pytest.raises(BadInput) as told:
        picked(TOTALS, field)
    assert words in f"{told.value} {told.value.fields}"


@pytest.mark.parametrize(
    ("change", "format", "good", "text", "words"),
    [
        (12, "number", "up", "+12", "up by 12, which is better"),
        (12, "number", "down", "+12", "up by 12, which is worse"),
        (-1.5, "number", "up", "−1.5", "down by 1.5, which is worse"),
        (-90, "duration", "down", "−1 min 30 s", "down by 1 min 30 s, which is better"),
        (0.0123, "percent", "up", "+1.2 points", "up by 1.2 points, which is better"),
        (Decimal("3.50"), "EUR", None, "+€3.50", "up by €3.50"),
        (0, "number", "up", "0", "unchanged"),
    ],
)
def test_a_change_is_told_in_words_and_not_by_colour_alone(
    change: Any, format: str, good: Good | None, text: str, words: str
) -> None:
    told = change_of(change, format, good)
    assert told is not None
    assert (told.text.replace("\xa0", " "), told.words.replace("\xa0", " ")) == (text, words)
    assert told.tone == ("good" if "better" in words else "bad" if "worse" in words else "neutral")


@pytest.mark.parametrize(
    ("value", "target", "good", "percent", "words"),
    [
        (5, 8, "up", 62, "of 8"),
        (8, 8, "up", 100, "Goal of 8 reached"),
        (7.999, 8, "up", 99, "of 8"),
        (-3, 8, None, 0, "of 8"),
        (5, 8, "down", 62, "within 8"),
        (9, 8, "down", 100, "more than 8"),
        (0, 0, "up", 100, "Goal of 0 reached"),
        (10**400, 8, "up", 100, "Goal of 8 reached"),
    ],
)
def test_a_goal_says_how_far_it_is(value: Any, target: Any, good: Good, percent: int, words: str) -> None:
    goal = goal_of(value, target, "number", good)
    assert goal is not None and (goal.percent, goal.words) == (percent, words)


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, st.sampled_from(["number", "percent", "duration", "EUR", "0.0%"]))
def test_whatever_the_numbers_are_they_are_compared(value: Any, other: Any, format: str) -> None:
    change = change_of(difference(value, other), format, "up")
    goal = goal_of(value, other, format, "up")
    assert goal is None or 0 <= goal.percent <= 100
    assert change is None or change.direction in ("up", "down", "same")


def test_without_a_number_there_is_nothing_to_compare() -> None:
    assert difference(None, 3) is difference(3, "text") is None
    assert change_of("text", "number", "up") is None
    assert goal_of(float("nan"), 3, "number", "up") is None


# The small line ---------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), NUMBERS), max_size=300))
def test_a_line_stays_within_its_drawing(values: list[Any]) -> None:
    spark = spark_of(values, "number")
    if spark is None:
        return
    points = re.findall(r"[ML](-?[\d.e-]+) (-?[\d.e-]+)", spark.line)
    assert 0 < len(points) <= 2 * MOST + 2
    for x, y in points:
        assert -1 <= float(x) <= WIDTH + 1 and 0 <= float(y) <= HEIGHT
    assert re.fullmatch(r"[MLZ\d. e-]+", spark.line + spark.area)


def test_of_many_points_the_extremes_are_kept() -> None:
    values = [50] * 5000
    values[1234], values[4321] = 100, 0
    spark = spark_of(values, "number")
    assert spark is not None
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", spark.line)]
    assert len(heights) <= MOST + 2 and min(heights) == 2 and max(heights) == HEIGHT - 2
    assert spark.words.startswith("5000 values from 50 to 50; the lowest is 0, the highest 100")


def test_a_gap_is_a_gap() -> None:
    spark = spark_of([1, 2, None, 3, None, None], "number")
    assert spark is not None and spark.line.count("M") == 2


@pytest.mark.parametrize(
    "values",
    [[3, 5], ["3", "5"], {"rows": [3, 5]}, [{"day": "Mon", "n": 3}, {"day": "Tue", "n": 5}], iter([3, 5])],
)
def test_it_takes_numbers_and_rows_with_one_number(values: object) -> None:
    spark = spark_of(values, "number")
    assert spark is not None and spark.line == f"M0 {HEIGHT - 2} L{WIDTH} 2"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([{"a": 1, "b": 2}], "These have: a, b."),
        ([{"a": "x"}, {"a": "y"}], "none"),
        ("12", "list of numbers"),
        (7, "list of numbers"),
        (["x", "y"], "numbers only"),
        ([True, False], "numbers only"),
    ],
)
def test_what_is_no_line_is_told(values: object, words: str) -> None:
    with pytest.raises(BadInput) as told:
        spark_of(values, "number")
    assert words in f"{told.value} {told.value.fields}"


@pytest.mark.parametrize("format", ["percent", "number", "currency", "bytes", "duration", "0.0%"])
@pytest.mark.parametrize("change", [Decimal("1E+1000"), Decimal("-1E+30"), 10**400, 1.7e308, 5e-324])
def test_no_change_is_too_large_to_be_said(change: Any, format: str) -> None:
    said = change_of(change, format, "up")
    assert said is not None and said.text
