"""Reading and writing from Python: each type in each scope, and whose value it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template import Context, Template
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from capsule import NoIdentity, NotDeclared, ScopeError, acting_as
from capsule.errors import NotAValue
from capsule.identity import Binding, Identity, bound
from capsule.scopes import SCOPES, Scope
from live.changes import version_of
from live.topics import Topic
from settings_app import Setting, settings
from settings_app.models import SettingValue
from settings_app.values import remembering, topic_of
from tests.testapp.declared.settings import (
    BY_SCOPE_AND_TYPE,
    GOOD,
    columns,
    density,
    font_size,
    greeting,
    motto,
    ratio,
    show_closed,
)

EVERY = pytest.mark.parametrize(
    ("scope", "python_type"), list(BY_SCOPE_AND_TYPE), ids=[f"{s}-{t.__name__}" for s, t in BY_SCOPE_AND_TYPE]
)


@EVERY
def test_each_type_is_kept_in_each_scope(alice: User, scope: Scope, python_type: type) -> None:
    declared = BY_SCOPE_AND_TYPE[scope, python_type]
    default, other = GOOD[python_type]
    with acting_as(user=alice, session="c1"):
        assert declared.get() == default
        declared.set(other)
        assert declared.get() == other
        assert type(declared.get()) is python_type
        declared.reset()
        assert declared.get() == default


@EVERY
def test_only_the_same_scope_sees_it(
    alice: User, bob: User, charlie: User, acme: Organization, scope: Scope, python_type: type
) -> None:
    declared = BY_SCOPE_AND_TYPE[scope, python_type]
    default, other = GOOD[python_type]
    with acting_as(user=alice, organization=acme, session="c1"):
        declared.set(other)
    with acting_as(user=bob, organization=acme, session="c2"):
        assert declared.get() == (other if scope in ("app", "owner") else default)
    with acting_as(user=charlie, session="c3"):
        assert declared.get() == (other if scope == "app" else default)
    with acting_as(user=alice, session="c4"):  # the same person, in Personal
        assert declared.get() == (other if scope in ("app", "user") else default)


def test_strangers_writes_do_not_meet(alice: User, charlie: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("from Acme")
    with acting_as(user=charlie):
        greeting.set("from Charlie")
        greeting.reset()
    with acting_as(user=alice, organization=acme):
        assert greeting.get() == "from Acme"


@pytest.mark.parametrize("scope", ["user", "owner"])
def test_an_anonymous_visitor_has_no_place_in_it(db: None, scope: Scope) -> None:
    declared = BY_SCOPE_AND_TYPE[scope, int]
    with acting_as(Identity()):
        with pytest.raises(ScopeError):
            declared.get()
        with pytest.raises(ScopeError):
            declared.set(5)
        with pytest.raises(ScopeError):
            declared.reset()
    assert not SettingValue.objects.exists()


def test_without_an_identity_only_app_scope_answers(db: None) -> None:
    BY_SCOPE_AND_TYPE["app", int].set(9)
    assert BY_SCOPE_AND_TYPE["app", int].get() == 9
    with pytest.raises(NoIdentity, match="acting_as"):
        show_closed.get()


def test_reading_in_session_scope_begins_no_conversation_and_writing_does(db: None) -> None:
    declared = BY_SCOPE_AND_TYPE["session", str]
    begun: list[str] = []

    def start() -> str:
        begun.append("c9")
        return "c9"

    with bound(Binding(Identity, start)):
        assert declared.get() == "plain"
        declared.reset()
        with pytest.raises(ValidationError):
            declared.set("a\0b")
        assert begun == []
        declared.set("mine")
        assert (declared.get(), begun) == ("mine", ["c9"])
    with acting_as(Identity()), pytest.raises(ScopeError):  # here none can begin
        declared.set("lost")


def test_the_handle_has_async_twins(alice: User) -> None:
    async def walk() -> list[int]:
        with acting_as(user=alice):
            before = await font_size.aget()
            await font_size.aset(20)
            await settings.aset("test_columns", 3)
            seen = [before, await font_size.aget(), await settings.aget("test_columns")]
            await font_size.areset()
            await settings.areset("test_columns")
            everything = await settings.aget_all()
            return [*seen, await font_size.aget(), int(everything["test_columns"])]

    assert async_to_sync(walk)() == [14, 20, 3, 14, 2]


def test_settings_are_found_by_name(alice: User) -> None:
    with acting_as(user=alice):
        settings.set("test_font_size", 20)
        assert settings.get("test_font_size") == font_size.get() == 20
        settings.reset("test_font_size")
        assert settings.get_all()["test_font_size"] == 14
    with pytest.raises(NotDeclared, match="Did you mean 'test_font_size'"):
        settings.get("test_font_siz")


def test_get_all_is_one_query(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with acting_as(user=alice, session="c1"):
        font_size.set(20)
        with django_assert_num_queries(1):
            found = settings.get_all()
    assert found["test_font_size"] == 20
    assert set(found) >= {declared.name for declared in BY_SCOPE_AND_TYPE.values()}
    with acting_as(Identity()):
        assert "test_font_size" not in settings.get_all()
        assert settings.get_all()["test_session_int"] == 3


# What is refused ----------------------------------------------------------------------------------------

REFUSED: list[tuple[Setting[Any], object]] = [
    (show_closed, 1),
    (show_closed, "true"),
    (show_closed, None),
    (BY_SCOPE_AND_TYPE["user", int], True),
    (BY_SCOPE_AND_TYPE["user", int], "7"),
    (BY_SCOPE_AND_TYPE["user", int], 7.0),
    (BY_SCOPE_AND_TYPE["user", int], None),
    (BY_SCOPE_AND_TYPE["user", int], 2**53),
    (BY_SCOPE_AND_TYPE["user", int], -(2**70)),
    (BY_SCOPE_AND_TYPE["user", int], float("nan")),
    (BY_SCOPE_AND_TYPE["user", float], float("nan")),
    (BY_SCOPE_AND_TYPE["user", float], float("inf")),
    (BY_SCOPE_AND_TYPE["user", float], float("-inf")),
    (BY_SCOPE_AND_TYPE["user", float], True),
    (BY_SCOPE_AND_TYPE["user", float], "1.5"),
    (BY_SCOPE_AND_TYPE["user", float], 10**400),
    (BY_SCOPE_AND_TYPE["user", str], 5),
    (BY_SCOPE_AND_TYPE["user", str], b"bytes"),
    (BY_SCOPE_AND_TYPE["user", str], ["a"]),
    (BY_SCOPE_AND_TYPE["user", str], {"a": 1}),
    (BY_SCOPE_AND_TYPE["user", str], "nul\0"),
    (BY_SCOPE_AND_TYPE["user", str], "half \ud800"),
    (BY_SCOPE_AND_TYPE["user", str], "x" * (32 * 1024 + 1)),
    (BY_SCOPE_AND_TYPE["user", str], "é" * (16 * 1024 + 1)),
    (BY_SCOPE_AND_TYPE["user", str], "x" * 1_000_000),
    (font_size, 6),
    (font_size, 34),
    (font_size, 15),
    (ratio, -0.01),
    (ratio, 1.01),
    (density, "wide"),
    (density, ""),
    (density, "Compact"),
    (columns, 4),
    (columns, True),
    (motto, "damn"),
    (motto, ""),
]


@pytest.mark.parametrize(
    ("declared", "value"),
    REFUSED,
    ids=[f"{s.name}-{ascii(v)[:20]}-{at}" for at, (s, v) in enumerate(REFUSED)],
)
def test_python_refuses_with_a_sentence(alice: User, declared: Setting[Any], value: object) -> None:
    with acting_as(user=alice):
        with pytest.raises(ValidationError) as refusal:
            declared.set(value)
        assert declared.get() == declared.default
    (sentence,) = refusal.value.messages
    assert sentence.endswith(".")
    assert not SettingValue.objects.exists()


def test_the_largest_text_fits(alice: User) -> None:
    with acting_as(user=alice):
        greeting.set("é" * (16 * 1024))
        assert len(greeting.get()) == 16 * 1024


def test_validate_may_raise_either_error(alice: User) -> None:
    with acting_as(user=alice):
        with pytest.raises(ValidationError, match="Mind your language"):
            motto.set("damn")
        with pytest.raises(ValidationError, match="Say something"):
            motto.set("")


@pytest.mark.parametrize("stored", [99, "14", 14.5, True, [1]])
def test_a_stored_value_that_no_longer_fits_counts_as_not_set(alice: User, stored: object) -> None:
    SettingValue.objects.create(name="test_font_size", scope_key=f"user:{alice.pk}", value=stored)
    with acting_as(user=alice):
        assert font_size.get() == 14
        assert settings.get_all()["test_font_size"] == 14


safe_text = strategies.text(
    strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200
)
VALUES = {
    bool: strategies.booleans(),
    str: safe_text,
    int: strategies.integers(-(2**53) + 1, 2**53 - 1),
    float: strategies.floats(allow_nan=False, allow_infinity=False),
}


@pytest.mark.parametrize("python_type", list(VALUES), ids=lambda python_type: python_type.__name__)
@hypothesis_settings(max_examples=60, deadline=None)
@given(data=strategies.data())
def test_every_good_value_comes_back_as_it_went_in(
    transactional_rows: None, python_type: type, data: strategies.DataObject
) -> None:
    value = data.draw(VALUES[python_type])
    declared = BY_SCOPE_AND_TYPE["user", python_type]
    with transaction.atomic(), acting_as(user="7"):
        declared.set(value)
        assert declared.get() == value
        assert type(declared.get()) is python_type
        # And through the text of a form's field, apart from line ends, which browsers write their way.
        if "\r" not in str(value):
            assert declared.kind.parse(declared.kind.text_of(value)) == value
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def transactional_rows(django_db_setup: None, django_db_blocker: Any) -> Any:
    # Hypothesis runs many examples in one test: each rolls back its own.
    with django_db_blocker.unblock():
        yield


# Announced, and read once -------------------------------------------------------------------------------


def test_each_write_raises_the_topics_version_once(alice: User) -> None:
    key = f"user:{alice.pk}"
    topic = Topic("setting", "test_font_size", key)
    assert topic == topic_of("test_font_size", key)
    with acting_as(user=alice):
        font_size.set(20)
        assert version_of(topic) == 1
        font_size.set(20)
        assert version_of(topic) == 2
        font_size.reset()
        assert version_of(topic) == 3
        font_size.reset()  # nothing is there any more, so nothing changes
        assert version_of(topic) == 3
        with pytest.raises(ValidationError):
            font_size.set(99)
        assert version_of(topic) == 3


def test_a_rollback_leaves_neither_value_nor_announcement(alice: User) -> None:
    with acting_as(user=alice), remembering():
        with pytest.raises(RuntimeError), transaction.atomic():
            font_size.set(20)
            assert font_size.get() == 20  # the transaction sees its own write
            raise RuntimeError
        assert font_size.get() == 14
    assert version_of(topic_of("test_font_size", f"user:{alice.pk}")) == 0
    assert not SettingValue.objects.exists()


def test_the_row_says_who_and_how_often(alice: User, bob: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("one")
    with acting_as(user=bob, organization=acme):
        greeting.set("two")
    row = SettingValue.objects.get()
    assert (row.value, row.version, row.updated_by) == ("two", 2, str(bob.pk))
    assert row.scope_key == f"org:{acme.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_request_reads_once(
    alice: User, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with acting_as(user=alice, organization=acme), remembering():
        with django_assert_num_queries(1):
            for declared in BY_SCOPE_AND_TYPE.values():
                if declared.scope != "session":
                    declared.get()
            font_size.get()
            greeting.get()
        font_size.set(20)
        with django_assert_num_queries(1):  # what was written is read anew, once
            assert font_size.get() == 20
            assert font_size.get() == 20
            assert greeting.get() == "Hello"


@pytest.mark.django_db(transaction=True)
def test_memory_never_keeps_what_may_be_rolled_back(alice: User) -> None:
    with acting_as(user=alice), remembering():
        font_size.set(10)
        with pytest.raises(RuntimeError), transaction.atomic():
            font_size.set(20)
            assert font_size.get() == 20
            raise RuntimeError
        assert font_size.get() == 10
        with transaction.atomic():
            font_size.set(30)
        assert font_size.get() == 30


@pytest.mark.django_db(transaction=True)
def test_one_memory_keeps_identities_apart(alice: User, bob: User) -> None:
    with remembering():
        with acting_as(user=alice):
            font_size.set(20)
            assert font_size.get() == 20
        with acting_as(user=bob):
            assert font_size.get() == 14
        with acting_as(user=alice):
            assert font_size.get() == 20


def test_a_script_is_never_told_yesterdays_value(alice: User) -> None:
    with acting_as(user=alice):
        assert font_size.get() == 14
        SettingValue.objects.create(name="test_font_size", scope_key=f"user:{alice.pk}", value=20)
        assert font_size.get() == 20


def test_every_scope_is_covered() -> None:
    assert {scope for scope, _type in BY_SCOPE_AND_TYPE} == set(SCOPES)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: 1 if show_closed else 2,
        lambda: not show_closed,
        lambda: show_closed and 1,
        lambda: show_closed == True,  # noqa: E712 - what is refused
        lambda: greeting != "Hello",
        lambda: greeting in ("Hello", "Good day"),
        lambda: font_size == 14,
        lambda: Template("{% if shown %}yes{% endif %}").render(Context({"shown": show_closed})),
    ],
)
def test_a_handle_is_not_its_value(asked: Callable[[], object]) -> None:
    with pytest.raises(NotAValue, match=r"is what was declared, and not its value. Write test_\w+\.get\(\);"):
        asked()


def test_a_handle_is_told_apart_from_others() -> None:
    assert show_closed == show_closed and show_closed != greeting and show_closed is not None
    assert show_closed in {show_closed: 1} and show_closed in [greeting, show_closed]
    assert (show_closed == None) is False  # noqa: E711
