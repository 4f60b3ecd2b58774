"""A store that never holds more than it may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capsule.bounded import OVERHEAD, BoundedStore
from tests.together import together

ONE = 100 + OVERHEAD


def test_what_was_not_asked_for_longest_makes_room() -> None:
    store: BoundedStore[str] = BoundedStore(lambda: 4 * ONE)
    for name in "abcd":
        store.put(name, name, 100)
    assert store.get("a") == "a"
    store.put("e", "e", 100)
    assert store.get("b") is None
    assert [store.get(name) for name in "acde"] == ["a", "c", "d", "e"]


def test_a_value_that_is_put_again_takes_its_place_once() -> None:
    store: BoundedStore[str] = BoundedStore(lambda: 4 * ONE)
    for text in ("first", "second"):
        store.put("a", text, 100)
    assert (store.get("a"), store.size) == ("second", ONE)


def test_one_value_never_pushes_out_all_others() -> None:
    store: BoundedStore[str] = BoundedStore(lambda: 4 * ONE)
    store.put("a", "small", 100)
    store.put("b", "large", 101)
    assert store.get("b") is None
    store.put("a", "large now", 5000)
    assert store.get("a") is None, "what it was is no more"
    assert store.size == 0


def test_none_at_all() -> None:
    store: BoundedStore[str] = BoundedStore(lambda: 0)
    assert not store.is_open
    store.put("a", "a", 0)
    assert store.get("a") is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 900))))
def test_it_stays_within_its_bytes(puts: list[tuple[int, int]]) -> None:
    store: BoundedStore[int] = BoundedStore(lambda: 6000)
    for key, size in puts:
        store.put(key, size, size)
        assert 0 <= store.size <= 6000
    store.clear()
    assert (store.size, store.get(0)) == (0, None)


def test_threads_share_it() -> None:
    store: BoundedStore[int] = BoundedStore(lambda: 20 * ONE)

    def work(n: int) -> None:
        for turn in range(500):
            store.put((n + turn) % 40, turn, 100)
            store.get(turn % 40)

    together(4, work)
    assert store.size <= 20 * ONE
