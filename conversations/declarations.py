"""``@message``: the function that answers in a conversation, and the registry that remembers it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from capsule.access import Access
from capsule.errors import NotDeclared
from capsule.places import calling_place
from capsule.registry import Registry
from capsule.words import Words

__all__ = ["DEFAULT", "MessageHandler", "default_handler", "handler_named", "message", "message_handlers"]

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "default"  # in an address: whichever handler is the site's default


@dataclass(frozen=True)
class MessageHandler:
    """One declared handler. Frozen, so it is safe to share across threads."""

    name: str
    label: Words
    function: Callable[..., Any]
    access: Access
    is_default: bool
    module: str
    line: int

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def description(self) -> str:
        """What it can do, as its docstring says; shown where nothing has been written yet."""
        return inspect.getdoc(self.function) or ""

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function)


message_handlers: Registry[MessageHandler] = Registry("message handler")


@overload
def message(name: F, /) -> F: ...
@overload
def message(
    name: str | None = None, *, label: Words | None = None, access: Access = "authenticated"
) -> Callable[[F], F]: ...
def message(name: Any = None, *, label: Words | None = None, access: Access = "authenticated") -> Any:
    """Let a function of the session and the message answer in conversations.

    Without a name it is the site's default handler, of which there is one. ``label`` is what people read
    (default: the name as words), its docstring what it can do; ``access`` says who may write to it. The
    function is sync and takes a ``SyncSession``, or async and takes a ``Session``. What it returns is the
    reply, as markdown, or ``None``; a generator's pieces stream.

    Raises ``DeclaredTwice`` if the name is taken.

    Example::

        @message
        def reply(session: SyncSession, msg: Message) -> str:
            return f"You wrote: {msg.text}"
    """
    module, line = calling_place()

    def declare(function: F) -> F:
        own = name if isinstance(name, str) else function.__name__
        words = own.replace("_", " ").replace("-", " ").capitalize() if label is None else label
        is_default = not isinstance(name, str)
        declared = MessageHandler(own, words, function, access, is_default, module, line)
        message_handlers.add(own, declared, declared.place)
        return function

    return declare(name) if callable(name) else declare


def default_handler() -> MessageHandler:
    """The handler that was declared without a name. Raises ``NotDeclared`` where there is none."""
    found = next((handler for handler in message_handlers if handler.is_default), None)
    if found is None:
        raise NotDeclared(
            "No default message handler is declared. Write @message, without a name, above one."
        )
    return found


def handler_named(name: str | None) -> MessageHandler:
    """The handler of that name; the default one for ``None`` and ``"default"``. Raises ``NotDeclared``."""
    if name is None or (name == DEFAULT and DEFAULT not in message_handlers):
        return default_handler()
    return message_handlers.get(name)
