"""The header in which a page that is open says what it has: anything can stand in it."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from capsule.http import requested_widget
from capsule.refreshing import MAIN, Refresh, refresh_of


def asked(header: str | None, **headers: str) -> Refresh | None:
    given = {} if header is None else {"Capsule-Refresh": header}
    return refresh_of(RequestFactory().get("/", headers={**given, **headers}))


def wanted(header: str) -> str | None:
    headers = {"Capsule-Refresh": header, "HX-Request": "true", "HX-Target": "div#metric-old"}
    return requested_widget(RequestFactory().get("/", headers=headers))


def test_without_the_header_nothing_is_asked() -> None:
    assert asked(None) is None


def test_each_word_names_a_part_and_what_the_page_has_of_it() -> None:
    refresh = asked("main=5f2c table-threads=90ab! metric-open=77d0")
    assert refresh is not None
    assert refresh.digests == {"main": "5f2c", "table-threads": "90ab", "metric-open": "77d0"}
    assert refresh.stale == {"table-threads"}


@pytest.mark.parametrize(
    ("dom_id", "digest", "is_wanted"),
    [
        ("metric-open", "77d0", False),
        ("metric-open", "new", True),
        ("metric-open", "", True),
        ("table-threads", "90ab", True),
        ("table-other", "90ab", True),
    ],
)
def test_what_is_stale_changed_or_not_there_is_wanted(dom_id: str, digest: str, is_wanted: bool) -> None:
    refresh = asked("main=5f2c table-threads=90ab! metric-open=77d0")
    assert refresh is not None and refresh.wants(dom_id, digest) is is_wanted


def test_an_id_may_hold_any_character() -> None:
    refresh = asked("table-%C3%BC%20%3D%21%23=1! %25=2")
    assert refresh is not None and refresh.digests == {"table-ü =!#": "1", "%": "2"}


def test_a_part_that_shows_one_of_several_says_which() -> None:
    refresh = asked("chat-a=41c0@0192-f3! chat-b=@%20%3D chat-c=1@ table-d=2")
    assert refresh is not None and refresh.shown == {"chat-a": "0192-f3", "chat-b": " =", "chat-c": ""}
    assert refresh.digests == {"chat-a": "41c0", "chat-b": "", "chat-c": "1", "table-d": "2"}
    assert refresh.stale == {"chat-a"}


@pytest.mark.parametrize("header", ["", " ", "=", "!", "=!", "a", " = ", "==", "  a  "])
def test_a_word_that_says_nothing_is_passed_over(header: str) -> None:
    refresh = asked(header)
    assert refresh is not None and not refresh.stale
    assert all(refresh.digests) and len(refresh.digests) <= 1


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=200))
def test_whatever_stands_there_is_no_error(header: str) -> None:
    refresh = asked(header)
    assert refresh is not None and refresh.stale <= refresh.digests.keys()
    found = wanted(header)
    assert found is None or {found} == refresh.stale


def test_a_long_header_is_read_in_time() -> None:
    refresh = asked(" ".join(f"a{number}=0123456789ab!" for number in range(10_000)))
    assert refresh is not None and len(refresh.stale) == 10_000


@pytest.mark.parametrize(
    ("header", "widget"),
    [
        ("table-a=1! metric-b=2", "table-a"),
        ("main=1 table-a=1!", "table-a"),
        ("table-a=1! metric-b=2!", None),
        ("table-a=1", None),
        ("", None),
        ("main=1!", None),
        ("main=1! table-a=1!", "table-a"),
    ],
)
def test_an_ordinary_view_is_asked_for_one_element_or_its_page(header: str, widget: str | None) -> None:
    assert wanted(header) == widget


def test_the_page_itself_is_no_part_of_it() -> None:
    refresh = asked(f"{MAIN}=1!")
    assert refresh is not None and (refresh.digests, refresh.stale) == ({MAIN: "1"}, frozenset())
