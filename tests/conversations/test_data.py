from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import SessionConflict, SessionData, SessionDataError
from conversations.models import Conversation, ConversationSession
from conversations.sessions import ConversationStore, topic_of
from live.changes import version_of
from tests.conversations.conftest import conversation_of, data_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    return conversation_of()


@pytest.fixture
def data(conversation: Conversation) -> SessionData:
    return data_of(conversation)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# As a dict --------------------------------------------------------------------------------------------


def test_it_is_used_as_a_dict(conversation: Conversation, data: SessionData) -> None:
    data["step"] = 1
    data.update(answers={"subject": "Printer"}, gone=1)
    assert data.pop("gone") == 1
    assert data.get("nothing", "else") == "else"
    assert "step" in data and len(data) == 2
    data.commit()
    assert data_of(conversation) == {"step": 1, "answers": {"subject": "Printer"}}


def test_nothing_is_stored_before_the_commit(conversation: Conversation, data: SessionData) -> None:
    data["step"] = 1
    assert data_of(conversation) == {}


def test_changes_deep_inside_are_found(conversation: Conversation, data: SessionData) -> None:
    data["answers"] = {"tags": ["a"], "who": {"name": "Ann"}}
    data.commit()
    data["answers"]["tags"].append("b")
    data["answers"]["who"]["name"] = "Bea"
    del data["answers"]["who"]
    data.commit()
    assert data_of(conversation) == {"answers": {"tags": ["a", "b"]}}


@pytest.mark.parametrize(
    ("old", "new"), [(1, True), (True, 1), (1, 1.0), (0, False), (None, False), ("", None)]
)
def test_a_change_of_type_alone_is_a_change(
    data: SessionData, conversation: Conversation, old: Any, new: Any
) -> None:
    data.set("x", old)
    data["x"] = new
    data.commit()
    stored = data_of(conversation)["x"]
    assert (stored, type(stored)) == (new, type(new))


def test_what_a_view_holds_goes_on_counting_after_a_commit(
    conversation: Conversation, data: SessionData
) -> None:
    answers = data.setdefault("answers", {"tags": ("a",)})
    tags = data.setdefault("tags", ["a"])
    data.commit()
    answers["subject"] = "Printer"
    tags.append("b")
    data.commit()
    assert data_of(conversation) == {"answers": {"tags": ["a"], "subject": "Printer"}, "tags": ["a", "b"]}


def test_a_commit_without_a_change_asks_nothing(data: SessionData, conversation: Conversation) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        data.commit()
    assert len(queries) == 0
    list(data)
    with CaptureQueriesContext(connection) as queries:
        data.commit()
    assert len(queries) == 0
    assert version_of(topic_of(conversation.pk)) == 1  # that it began


def test_discard_forgets_what_is_not_committed(conversation: Conversation, data: SessionData) -> None:
    data["a"] = 1
    data.discard()
    assert data == {}
    data.commit()
    assert data_of(conversation) == {}


def test_dates_and_decimals_are_kept_as_text(conversation: Conversation, data: SessionData) -> None:
    data["when"] = datetime(2026, 11, 23, 12, tzinfo=UTC)
    data["day"] = date(2026, 11, 23)
    data["price"] = Decimal("1.10")
    data.commit()
    expected = {"when": "2026-11-23T12:00:00.000000Z", "day": "2026-11-23", "price": "1.10"}
    assert data == expected
    assert data_of(conversation) == expected


def test_a_key_is_found_however_its_accents_are_written(
    conversation: Conversation, data: SessionData
) -> None:
    data.increment("cafe\u0301")
    assert data_of(conversation)["caf\u00e9"] == 1
    assert "cafe\u0301" in data_of(conversation)


def test_a_representation_reads_nothing(data: SessionData) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert repr(data) == "<SessionData not read yet>"
    assert len(queries) == 0


# At once ----------------------------------------------------------------------------------------------


def test_increment_returns_the_new_number(conversation: Conversation, data: SessionData) -> None:
    assert data.increment("count") == 1
    assert data.increment("count", by=2) == 3
    assert data.increment("count", by=-0.5) == 2.5
    assert data_of(conversation) == {"count": 2.5}


def test_append_returns_the_list(conversation: Conversation, data: SessionData) -> None:
    assert data.append("log", {"a": 1}) == [{"a": 1}]
    assert data.append("log", "b") == [{"a": 1}, "b"]
    assert data_of(conversation) == {"log": [{"a": 1}, "b"]}


def test_set_stores_at_once(conversation: Conversation, data: SessionData) -> None:
    assert data.set("when", date(2026, 1, 2)) == "2026-01-02"
    assert data_of(conversation) == {"when": "2026-01-02"}


def test_at_once_sees_what_others_stored(conversation: Conversation, data: SessionData) -> None:
    other = data_of(conversation)
    assert (len(data), len(other)) == (0, 0)
    other.increment("count", 10)
    assert data.increment("count") == 11
    assert data["count"] == 11
    data.commit()
    assert data_of(conversation)["count"] == 11


def test_at_once_leaves_other_changes_for_the_commit(conversation: Conversation, data: SessionData) -> None:
    data["step"] = 2
    data.increment("count")
    assert data_of(conversation) == {"count": 1}
    data.commit()
    assert data_of(conversation) == {"count": 1, "step": 2}


def test_at_once_goes_on_from_an_assignment_of_the_same_key(
    conversation: Conversation, data: SessionData
) -> None:
    data["count"] = 5
    data["log"] = ("a",)
    assert data.increment("count") == 6
    assert data.append("log", "b") == ["a", "b"]
    assert data_of(conversation) == {"count": 6, "log": ["a", "b"]}


def test_at_once_does_not_overrule_what_others_assigned(
    conversation: Conversation, data: SessionData
) -> None:
    data["count"] = 5
    data_of(conversation).set("count", 7)
    with pytest.raises(SessionConflict):
        data.increment("count")
    assert data_of(conversation) == {"count": 7}


@pytest.mark.parametrize("value", ["1", None, True, [1], {}])
def test_only_numbers_are_incremented(conversation: Conversation, data: SessionData, value: Any) -> None:
    data.set("count", value)
    with pytest.raises(SessionDataError, match=r"count cannot be incremented"):
        data.increment("count")
    assert data_of(conversation) == {"count": value}


@pytest.mark.parametrize("by", [True, "1", None, math.nan, math.inf, 10**400, 2**53])
def test_only_by_numbers(conversation: Conversation, data: SessionData, by: Any) -> None:
    data.set("count", 0.5)
    with pytest.raises(SessionDataError):
        data.increment("count", by=by)
    assert data_of(conversation) == {"count": 0.5}


def test_only_lists_are_appended_to(conversation: Conversation, data: SessionData) -> None:
    data.set("log", "text")
    with pytest.raises(SessionDataError, match="log cannot be appended to"):
        data.append("log", 1)
    assert data_of(conversation) == {"log": "text"}


# Merging ----------------------------------------------------------------------------------------------


def test_what_others_stored_meanwhile_is_merged_and_seen(conversation: Conversation) -> None:
    mine, theirs = data_of(conversation), data_of(conversation)
    mine["a"] = {"x": 1}
    theirs["a"] = {"y": 2}
    theirs.commit()
    mine.commit()
    assert mine == data_of(conversation) == {"a": {"x": 1, "y": 2}}


def test_one_place_changed_twice_is_a_conflict_that_stores_nothing(conversation: Conversation) -> None:
    mine, theirs = data_of(conversation), data_of(conversation)
    mine["a"], mine["b"] = 1, 1
    theirs["a"] = 2
    theirs.commit()
    with pytest.raises(SessionConflict, match="“a” was changed elsewhere"):
        mine.commit()
    assert data_of(conversation) == {"a": 2}


def test_two_that_fit_alone_but_not_together_are_refused(conversation: Conversation, settings: Any) -> None:
    settings.CAPSULE_SESSION_DATA_LIMIT = 100
    mine, theirs = data_of(conversation), data_of(conversation)
    mine["a"], theirs["b"] = "x" * 60, "y" * 60
    theirs.commit()
    with pytest.raises(SessionDataError, match="belong in a collection"):
        mine.commit()
    assert data_of(conversation) == {"b": "y" * 60}


def test_a_conversation_that_was_deleted_is_a_conflict(conversation: Conversation, data: SessionData) -> None:
    data["a"] = 1
    conversation.delete()
    with pytest.raises(SessionConflict, match="deleted elsewhere"):
        data.commit()


# What cannot be kept ----------------------------------------------------------------------------------

SET = "A set cannot be stored"
DEEP = "nested deeper than 32"
BAD_VALUES: list[tuple[Any, str]] = [
    ({1, 2}, SET),
    (object(), "object cannot be stored"),
    (b"bytes", "bytes cannot be stored"),
    (lambda: 1, "function cannot be stored"),
    (math.nan, "NaN and Infinity"),
    (math.inf, "NaN and Infinity"),
    (float("1e400"), "NaN and Infinity"),
    (2**53, "2\\^53"),
    (10**400, "2\\^53"),
    ("a\0b", "NUL"),
    ("a\ud800b", "surrogate"),
    ({"a\0": 1}, "NUL"),
    ({"a\udfff": 1}, "surrogate"),
    ({1: 1}, "not a string"),
    ({None: 1}, "not a string"),
    ({("a", "b"): 1}, "not a string"),
    ({"e\u0301": 1, "\u00e9": 2}, "twice"),
    (datetime(2026, 1, 1), "no time zone"),  # noqa: DTZ001 - that is what is tried
    (nested(32), DEEP),
    (nested(10_000), DEEP),
    ({"deep": [{1, 2}]}, SET),
    ("x" * 65_536, "belong in a collection"),
    ("é" * 40_000, "belong in a collection"),
    (["x"] * 100_000, "belong in a collection"),
    ({f"key{n}": n for n in range(10_000)}, "belong in a collection"),
]


def nest_and_commit(data: SessionData, value: Any) -> None:
    data["good"]["bad"] = value
    data.commit()


WAYS: dict[str, Callable[[SessionData, Any], Any]] = {
    "assigned": lambda data, value: data.__setitem__("bad", value),
    "set": lambda data, value: data.set("bad", value),
    "appended": lambda data, value: data.append("bad", value),
    "updated": lambda data, value: data.update(bad=value),
    "nested": nest_and_commit,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(("value", "problem"), BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_what_cannot_be_kept_is_refused_and_nothing_is_lost(
    conversation: Conversation,
    data: SessionData,
    way: Callable[[SessionData, Any], Any],
    value: Any,
    problem: str,
) -> None:
    data.set("good", {"kept": True})
    with pytest.raises(SessionDataError, match=problem) as error:
        way(data, value)
    assert list(error.value.fields) == ["session.data"]
    assert len(str(error.value)) < 500
    assert data_of(conversation) == {"good": {"kept": True}}


@pytest.mark.parametrize("key", [1, None, ("a",), "a\0", "\ud800", b"a"])
def test_a_key_is_clean_text(conversation: Conversation, data: SessionData, key: Any) -> None:
    for way in (data.__setitem__, data.set, data.append):
        with pytest.raises(SessionDataError):
            way(key, 1)
    with pytest.raises(SessionDataError):
        data.increment(key)
    with pytest.raises(KeyError):
        data[key]
    assert data_of(conversation) == {}


@pytest.mark.parametrize("key", ["__proto__", "a.b", "$set", "", "'\"%s", "_session_expiry", "x" * 1000, "‮"])
def test_odd_keys_are_ordinary(conversation: Conversation, data: SessionData, key: str) -> None:
    data[key] = {"__proto__": 1}
    data.commit()
    data.append(key + "!", 1)
    assert data_of(conversation) == {key: {"__proto__": 1}, key + "!": [1]}


def test_a_loop_is_refused(data: SessionData) -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(SessionDataError, match=DEEP):
        data["loop"] = loop


def test_the_limit_is_exact(conversation: Conversation, data: SessionData, settings: Any) -> None:
    assert settings.CAPSULE_SESSION_DATA_LIMIT == 64 * 1024
    room = 64 * 1024 - len('{"a":""}')
    data["a"] = "x" * room
    data.commit()
    assert ConversationSession.objects.get().size == 64 * 1024
    data.discard()
    said = r"64 KiB\. Records that outlive .* in a collection\. See docs/errors\.md#sessiondataerror"
    with pytest.raises(SessionDataError, match=said):
        data.set("a", "x" * (room + 1))
    assert data_of(conversation) == {"a": "x" * room}


def test_the_depth_is_exact(conversation: Conversation, data: SessionData) -> None:
    data["a"] = nested(31)
    data.commit()
    assert data_of(conversation) == {"a": nested(31)}


# How it is kept -----------------------------------------------------------------------------------------


def test_each_commit_raises_version_topic_and_expiry(conversation: Conversation, data: SessionData) -> None:
    ConversationSession.objects.update(expire_date=datetime(2030, 1, 1, tzinfo=UTC))
    before = Conversation.objects.get()
    data["a"] = 1
    data.commit()
    data.increment("b")
    data.set("b", 1)  # no change
    row, after = ConversationSession.objects.get(), Conversation.objects.get()
    assert (row.version, row.size) == (2, len('{"a":1,"b":1}'))
    assert version_of(topic_of(conversation.pk)) == 3
    assert row.expire_date != datetime(2030, 1, 1, tzinfo=UTC)
    assert after.updated_at > before.updated_at


def test_it_is_readable_json_that_no_secret_key_can_empty(
    conversation: Conversation, data: SessionData, settings: Any
) -> None:
    data.set("name", "Zoë")
    assert ConversationSession.objects.get().session_data == '{"name":"Zoë"}'
    settings.SECRET_KEY = "another-key-" + "x" * 50
    assert data_of(conversation) == {"name": "Zoë"}


def test_an_application_cannot_move_the_expiry(conversation: Conversation, data: SessionData) -> None:
    data.set("_session_expiry", "1999-01-01T00:00:00+00:00")
    assert Conversation.objects.alive().count() == 1


def test_a_store_cannot_be_saved_past_the_lock(conversation: Conversation) -> None:
    store = ConversationStore(conversation.session.session_key)
    store["a"] = 1
    with pytest.raises(TypeError, match=r"change\(\)"):
        store.save()


def test_a_change_takes_few_queries(conversation: Conversation, data: SessionData) -> None:
    with CaptureQueriesContext(connection) as queries:
        data.increment("count")
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 4  # the lock, the session, the conversation, the topic's version
