"""``@message``: declared with and without parentheses, found by name."""

from __future__ import annotations

import pytest

from capsule import NotDeclared
from capsule.errors import DeclaredTwice
from conversations import Message, SyncSession, message
from conversations.declarations import MessageHandler, handler_named, message_handlers


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty registry for the test."""
    monkeypatch.setattr(message_handlers, "_declared", {})
    monkeypatch.setattr(message_handlers, "_places", {})


def test_bare_it_is_the_default_and_stays_the_function() -> None:
    @message
    def support_desk(session: SyncSession, msg: Message) -> str:
        """Answers questions."""
        return msg.text

    handler = handler_named(None)
    assert handler is handler_named("default") is handler_named("support_desk")
    assert (handler.function, handler.label, handler.description) == (
        support_desk,
        "Support desk",
        "Answers questions.",
    )
    assert handler.is_default and not handler.is_async and handler.access == "authenticated"
    assert handler.place.startswith(f"{__name__}:")


def test_with_a_label_alone_it_is_the_default_too() -> None:
    @message(label="Ask us", access="staff")
    async def desk(session: SyncSession, msg: Message) -> None: ...

    handler = handler_named(None)
    assert (handler.name, handler.label, handler.access) == ("desk", "Ask us", "staff")
    assert handler.is_async


def test_with_a_name_it_is_one_of_several() -> None:
    @message("sales")
    def one(session: SyncSession, msg: Message) -> None: ...

    @message(name="billing")
    def other(session: SyncSession, msg: Message) -> None: ...

    assert message_handlers.names() == ["sales", "billing"]
    assert not any(handler.is_default for handler in message_handlers)
    with pytest.raises(NotDeclared, match="No default message handler"):
        handler_named(None)
    with pytest.raises(NotDeclared, match="Did you mean 'sales'"):
        handler_named("sale")


def test_a_name_is_taken_once() -> None:
    def declare() -> None:
        @message(name="sales")
        def handler(session: SyncSession, msg: Message) -> None: ...

    declare()
    with pytest.raises(DeclaredTwice, match="'sales' is declared twice"):
        declare()


def test_a_declaration_cannot_be_changed() -> None:
    handler = MessageHandler("x", "X", print, "public", True, "m", 1)
    with pytest.raises(AttributeError):
        handler.name = "y"  # type: ignore[misc]
