from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import SessionConflict
from conversations.merging import merge
from conversations.values import MISSING, copy_of, same, settle

Document = dict[str, Any]

leaves = (
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from(["", "a", "b", 1.0])
    | st.builds(lambda: [1])
)
# Few keys and few values, so that the three documents meet often.
values = st.recursive(
    leaves, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


def at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return MISSING
        document = document[key]
    return document


def leaves_of(document: Document, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from leaves_of(value, (*path, key))
        else:
            yield (*path, key)


def merged_or_none(base: Document, mine: Document, theirs: Document) -> Document | None:
    try:
        return merge(base, mine, theirs)
    except SessionConflict:
        return None


def test_different_keys_merge() -> None:
    assert merge({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3}) == {"a": 2, "b": 3}


def test_different_paths_of_one_key_merge() -> None:
    base: Document = {"answers": {"subject": "", "urgency": ""}}
    mine = {"answers": {"subject": "Printer", "urgency": ""}}
    theirs = {"answers": {"subject": "", "urgency": "high"}, "step": 2}
    assert merge(base, mine, theirs) == {"answers": {"subject": "Printer", "urgency": "high"}, "step": 2}


def test_two_new_objects_under_one_key_merge() -> None:
    assert merge({}, {"a": {"x": 1}}, {"a": {"y": 2}}) == {"a": {"x": 1, "y": 2}}


def test_what_one_removed_and_the_other_left_alone_is_gone() -> None:
    assert merge({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 2}) == {"b": 2}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "path"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}, ("a",)),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, {"a": {"b": {"c": 3}}}, ("a", "b", "c")),
        ({"a": 1}, {}, {"a": 2}, ("a",)),
        ({"a": 1}, {"a": 2}, {}, ("a",)),
        ({}, {"a": 1}, {"a": True}, ("a",)),
        ({}, {"a": 1}, {"a": 1.0}, ("a",)),
        ({"a": []}, {"a": [1]}, {"a": [2]}, ("a",)),
        ({"a": {}}, {"a": {"b": 1}}, {"a": 5}, ("a",)),
    ],
)
def test_one_place_changed_to_two_values_is_a_conflict(
    base: Document, mine: Document, theirs: Document, path: tuple[str, ...]
) -> None:
    for one, other in [(mine, theirs), (theirs, mine)]:
        with pytest.raises(SessionConflict) as conflict:
            merge(base, one, other)
        assert conflict.value.path == path


@given(documents, documents)
def test_a_writer_alone_gets_what_they_wrote(base: Document, mine: Document) -> None:
    assert same(merge(base, mine, base), mine)
    assert same(merge(base, base, mine), mine)
    assert same(merge(base, mine, mine), mine)


@given(documents, documents, documents)
def test_it_does_not_matter_who_comes_first(base: Document, mine: Document, theirs: Document) -> None:
    assert same(merged_or_none(base, mine, theirs), merged_or_none(base, theirs, mine))


@given(documents, documents, documents)
def test_no_change_of_either_writer_is_lost(base: Document, mine: Document, theirs: Document) -> None:
    merged = merged_or_none(base, mine, theirs)
    if merged is None:
        return
    for writer in (mine, theirs):
        for path in {*leaves_of(base), *leaves_of(writer)}:
            wanted = at(writer, path)
            if not same(wanted, at(base, path)) and not isinstance(wanted, dict):
                assert same(at(merged, path), wanted)


@given(documents, documents, documents)
def test_nothing_is_invented(base: Document, mine: Document, theirs: Document) -> None:
    merged = merged_or_none(base, mine, theirs)
    for path in leaves_of(merged or {}):
        value = at(merged, path)
        assert any(same(value, at(source, path)) for source in (base, mine, theirs))


@given(documents, documents, documents)
def test_merging_changes_none_of_the_three(base: Document, mine: Document, theirs: Document) -> None:
    before = copy_of({"base": base, "mine": mine, "theirs": theirs})
    merged_or_none(base, mine, theirs)
    assert same(before, {"base": base, "mine": mine, "theirs": theirs})


@given(documents, documents)
def test_settling_makes_equal_in_place_and_shares_nothing(mine: Document, stored: Document) -> None:
    before = copy_of(stored)
    settled = settle(mine, stored)
    assert settled is mine
    assert same(mine, stored)
    _scribble(mine)
    assert same(stored, before)


def _scribble(value: Any) -> None:
    for inner in list(value.values()) if isinstance(value, dict) else []:
        _scribble(inner)
    if isinstance(value, dict):
        value["scribbled"] = True
    elif isinstance(value, list):
        value.append("scribbled")
