from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from capsule.errors import DeclaredTwice
from conversations import Message, Session, SyncSession, enter
from conversations.checks import (
    CONVERSATION,
    IDENTITY,
    LIMITS,
    check_handlers,
    check_limits,
    check_middleware,
)
from conversations.declarations import Hook, hooks
from handlers.actions import Action, actions_registry
from tests.conversations.chatting import answering


def test_the_site_as_it_is_has_nothing_to_say() -> None:
    assert check_limits() == check_middleware() == check_handlers() == []


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [0, -1, None, "90 days", 1.5, True])
def test_a_limit_is_a_number_above_zero(settings: Any, name: str, value: object) -> None:
    setattr(settings, name, value)
    (problem,) = check_limits()
    assert problem.id == "conversations.E001"
    assert name in problem.msg and problem.hint


@pytest.mark.parametrize("order", [[CONVERSATION, IDENTITY], [CONVERSATION]])
def test_the_identity_is_bound_first(settings: Any, order: list[str]) -> None:
    settings.MIDDLEWARE = order
    (problem,) = check_middleware()
    assert problem.id == "conversations.E002"
    assert problem.hint


# Handlers -----------------------------------------------------------------------------------------------


def fine(session: SyncSession, msg: Message) -> str:
    return ""


async def fine_async(session: Session, msg: Message) -> str:
    return ""


def without_annotations(session, msg):  # type: ignore[no-untyped-def]
    return ""


def async_session(session: Session, msg: Message) -> str:
    return ""


async def sync_session(session: SyncSession, msg: Message) -> str:
    return ""


def not_a_message(session: SyncSession, msg: str) -> str:
    return ""


def unknown_name(session: "Nowhere", msg: Message) -> str:  # type: ignore[name-defined]  # noqa: F821, UP037
    return ""


def one_parameter(session: SyncSession) -> str:
    return ""


def three_parameters(session: SyncSession, msg: Message, more: int) -> str:
    return ""


@pytest.mark.parametrize("handler", [fine, fine_async, without_annotations])
def test_a_handler_as_it_should_be_has_nothing_to_say(handler: Any) -> None:
    with answering(handler), answering(handler, "another", default=True):
        assert check_handlers() == []


@pytest.mark.parametrize(
    ("handler", "options", "number", "words"),
    [
        (fine, {"access": "everybody"}, "E003", "'everybody'"),
        (fine, {"access": "testapp.view_nothing"}, "E003", "view_test_notes"),
        (fine, {"name": "a b"}, "E004", "address"),
        (fine, {"name": "default"}, "E004", "address"),
        (fine, {"name": "x" * 101}, "E004", "address"),
        (one_parameter, {}, "E005", "cannot be called"),
        (three_parameters, {}, "E005", "cannot be called"),
        (async_session, {}, "E006", "annotated Session"),
        (sync_session, {}, "E006", "annotated SyncSession"),
        (not_a_message, {}, "E006", "annotated str"),
        (unknown_name, {}, "E006", "Nowhere"),
    ],
)
def test_what_would_go_wrong_with_the_first_message_is_told(
    handler: Any, options: dict[str, Any], number: str, words: str
) -> None:
    with answering(handler, **options):
        (problem,) = check_handlers()
    assert problem.id == f"conversations.{number}"
    assert words in problem.msg and problem.hint


def test_there_is_one_default() -> None:
    with ExitStack() as declared:
        declared.enter_context(answering(fine, "one", default=True))
        assert check_handlers() == []
        declared.enter_context(answering(fine, "two", default=True))
        (problem,) = check_handlers()
    assert problem.id == "conversations.E007"
    assert "'two'" in problem.msg and "'one'" in str(problem.hint)


# What is done at a beginning or an end, and actions in a turn ---------------------------------------------


def hello(session: SyncSession) -> str:
    return "Hello."


def of_two(session: SyncSession, msg: Message) -> str:
    return "Hello."


@pytest.mark.parametrize(
    ("of", "function", "words"),
    [
        ("nobody", hello, "no message handler is named 'nobody'"),
        ("", hello, "there is no default handler"),
        ("test-helper", of_two, "it cannot be called with a session alone"),
    ],
)
def test_a_hook_has_a_handler_and_takes_the_session(of: str, function: Any, words: str) -> None:
    with hooks.temporarily("for a test", Hook("enter", of, function, __name__, 1)):
        (problem,) = check_handlers()
    assert problem.id == "conversations.E008"
    assert words in problem.msg and problem.hint


def test_a_hook_is_declared_once_and_knows_its_place() -> None:
    with pytest.raises(DeclaredTwice, match="is declared twice: tests.testapp.declared.assistant:"):
        enter("test-assistant")(hello)
    assert hooks.get("enter test-assistant").place.startswith("tests.testapp.declared.assistant:")


async def of_the_other_kind(session: SyncSession) -> None: ...


def of_the_async_kind(session: Session) -> None: ...


@pytest.mark.parametrize("function", [of_the_other_kind, of_the_async_kind])
def test_an_action_takes_the_session_of_its_kind(function: Any) -> None:
    with actions_registry.temporarily("for-a-test", Action(function, "for-a-test")):
        (problem,) = check_handlers()
    assert problem.id == "conversations.E009"
    assert "takes the session of the other kind" in problem.msg and problem.hint
