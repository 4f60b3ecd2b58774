"""JSON, or Python -> typed arguments: what an action is sent, and what a page gives."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule import DateRange
from capsule.errors import BadInput
from handlers.parameters import Parameters

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KINDS: list[Any] = [
    int, float, Decimal, bool, str, date, datetime, time, UUID, DateRange, Literal["a", 5], list[bool],
    set[int], tuple[int, str], int | None, date | None, list[date | str],
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(value=ANY_JSON)
def test_a_value_of_json_is_taken_or_refused_in_words(kind: Any, value: Any) -> None:
    def read(one: Any) -> None: ...

    read.__annotations__["one"] = kind
    try:
        Parameters.of(read).from_values({"one": value})
    except BadInput as refused:
        assert all(refused.fields["one"])


@pytest.mark.parametrize(
    ("kind", "value"),
    [(kind, value) for kind in (date, datetime, time, date | None) for value in (0, 1.5, True)]
    + [(kind, value) for kind in (int, float, Decimal, int | None) for value in (True, False)]
    + [(bool, value) for value in (0, 1, 1.0)],
    ids=str,
)
def test_no_kind_is_taken_for_another(kind: Any, value: Any) -> None:
    def read(one: Any) -> None: ...

    read.__annotations__["one"] = kind
    with pytest.raises(BadInput) as refused:
        Parameters.of(read).from_values({"one": value})
    assert refused.value.fields["one"][0].startswith("Use "), "what may stand there instead"
