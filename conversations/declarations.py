"""``@message``: the function that answers in a conversation, and the registry that remembers it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from capsule.access import Access
from capsule.arguments import known_arguments
from capsule.errors import NotDeclared
from capsule.places import calling_place
from capsule.registry import Registry
from capsule.words import Words
from conversations.files import Files

__all__ = [
    "DEFAULT",
    "Hook",
    "MessageHandler",
    "Moment",
    "default_handler",
    "enter",
    "exit",
    "handler_named",
    "hook_of",
    "hooks",
    "limits_of_forms",
    "message",
    "message_handlers",
]

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
    files: Files | None = None  # what it takes beside a message

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

Moment = Literal["enter", "exit"]


@dataclass(frozen=True)
class Hook:
    """What is done once at a conversation's beginning or end. ``of`` names its handler; "": the default."""

    moment: Moment
    of: str
    function: Callable[..., Any]
    module: str
    line: int

    @property
    def place(self) -> str:
        """Where it was declared: ``module:line``."""
        return f"{self.module}:{self.line}"

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function)


hooks: Registry[Hook] = Registry("function of a conversation's beginning or end")


@overload
def message(name: F, /) -> F: ...
@overload
def message(
    name: str | None = None,
    *,
    label: Words | None = None,
    access: Access = "authenticated",
    files: Files | None = None,
) -> Callable[[F], F]: ...
@known_arguments
def message(
    name: Any = None,
    *,
    label: Words | None = None,
    access: Access = "authenticated",
    files: Files | None = None,
) -> Any:
    """Let a function of the session and the message answer in conversations.

    Without a name it is the site's default handler, of which there is one. ``label`` is what people read
    (default: the name as words), its docstring what it can do; ``access`` says who may write to it. The
    function is sync and takes a ``SyncSession``, or async and takes a ``Session``. What it returns is the
    reply, as markdown, or ``None``; a generator's pieces stream. ``files`` says which files it takes beside a
    message (default: none), which it reads as ``msg.files``.

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
        declared = MessageHandler(own, words, function, access, is_default, module, line, files)
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


def limits_of_forms() -> Iterator[list[int]]:
    """Of each handler that takes files, the bytes of each that a message may carry."""
    for handler in message_handlers:
        if isinstance(handler.files, Files):  # else the system checks say so
            yield [handler.files.limit] * handler.files.most


@overload
def enter(of: F, /) -> F: ...
@overload
def enter(of: str = "") -> Callable[[F], F]: ...
def enter(of: Any = "") -> Any:
    """Do something once when a conversation begins, before its first message: say hello, fetch what it needs.

    A function of the session, sync or async, that answers as a message handler does. ``of`` names the message
    handler whose conversations they are; without it those of the default one. It runs in a turn of its own,
    exactly once in a conversation, whoever opens it how often.

    Example::

        @enter
        def hello(session: SyncSession) -> str:
            return f"Hello {session.user.name}."
    """
    return _hook("enter", of)


@overload
def exit(of: F, /) -> F: ...
@overload
def exit(of: str = "") -> Callable[[F], F]: ...
def exit(of: Any = "") -> Any:  # the counterpart of enter(), which Python's own has nothing to do with
    """Do something once when a conversation has expired, before it is deleted: keep what outlives it.

    As ``enter``; what it says nobody reads.

    Example::

        @exit
        def count(session: SyncSession) -> None:
            session.db.ended.insert_one({"turns": session.data.get("turns", 0)})
    """
    return _hook("exit", of)


def _hook(moment: Moment, of: Any) -> Any:
    module, line = calling_place(3)

    def declare(function: F, name: str = "") -> F:
        declared = Hook(moment, name, function, module, line)
        hooks.add(f"{moment} {name}".strip(), declared, declared.place)
        return function

    return declare(of) if callable(of) else lambda function: declare(function, of)


def hook_of(moment: Moment, handler: MessageHandler) -> Hook | None:
    """What is done at that moment of a conversation with this handler."""
    names = [f"{moment} {handler.name}", *([moment] if handler.is_default else [])]
    return next((hooks.get(name) for name in names if name in hooks), None)
