"""What is wrong with the declared handlers, and with a project's settings, said at start-up."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_type_hints

from django.conf import settings
from django.core.checks import CheckMessage

from capsule.access import access_problem
from capsule.system_checks import Error
from conversations.acts import session_of, sync_session_of
from conversations.chat import Message, Session, SyncSession
from conversations.declarations import DEFAULT, Hook, MessageHandler, hooks, message_handlers
from handlers.actions import Action, actions_registry

__all__ = ["check_handlers", "check_limits", "check_middleware"]

IDENTITY = "accounts.middleware.IdentityMiddleware"
CONVERSATION = "conversations.middleware.ConversationMiddleware"


LIMITS = {
    "CAPSULE_CONVERSATION_LIFETIME": "seconds",
    "CAPSULE_SESSION_DATA_LIMIT": "bytes",
    "CAPSULE_MESSAGE_LIMIT": "bytes",
    "CAPSULE_MESSAGES_A_MINUTE": "messages",
    "CAPSULE_TURN_THREADS": "threads",
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def check_limits(**kwargs: Any) -> list[CheckMessage]:
    """Each is a whole number above zero."""
    problems: list[CheckMessage] = []
    for name, unit in LIMITS.items():
        value = getattr(settings, name, None)
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            hint = f"Set it to a number of {unit}."
            message = f"{name} is {value!r}, not a whole number above 0."
            problems.append(Error(message, hint=hint, id="conversations.E001"))
    return problems


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """A conversation is somebody's: who it is must be known before."""
    order = list(settings.MIDDLEWARE)
    if CONVERSATION in order and IDENTITY not in order[: order.index(CONVERSATION)]:
        message = "ConversationMiddleware stands before IdentityMiddleware, or without it."
        hint = f"In MIDDLEWARE write {CONVERSATION!r} after {IDENTITY!r}."
        return [Error(message, hint=hint, id="conversations.E002")]
    return []


def check_handlers(**kwargs: Any) -> list[CheckMessage]:
    """What would otherwise go wrong when the first message arrives."""
    return [
        *(problem for handler in message_handlers for problem in _problems(handler)),
        *_second_defaults(),
        *(problem for hook in hooks for problem in _hook_problems(hook)),
        *(problem for action in actions_registry for problem in _action_problems(action)),
    ]


def _problems(handler: MessageHandler) -> Iterator[CheckMessage]:
    access = access_problem(handler.access)
    if access is not None:
        yield _error("E003", handler, access, "Write one of those words, or pass a function of the identity.")
    if not NAME.fullmatch(handler.name) or handler.name == DEFAULT or len(handler.name) > 100:
        hint = "Use letters, digits, underscores, hyphens and dots, and not the word 'default': name='sales'."
        yield _error("E004", handler, "Its name cannot stand in an address.", hint)
    try:
        inspect.signature(handler.function).bind(None, None)
    except TypeError:
        hint = "Write it as: def reply(session: SyncSession, msg: Message) -> str."
        yield _error("E005", handler, "It cannot be called with a session and a message.", hint)
        return
    yield from _annotations(handler)


def _annotations(handler: MessageHandler) -> Iterator[CheckMessage]:
    try:
        hints = get_type_hints(handler.function)
    except (NameError, TypeError) as error:
        hint = "Import the type at the top of the module, not under TYPE_CHECKING."
        yield _error("E006", handler, f"An annotation of it cannot be read: {error}.", hint)
        return
    kind, session = ("async", Session) if handler.is_async else ("sync", SyncSession)
    wanted = [session, Message]
    # What comes first is the session, whatever it is called.
    for name, type_wanted in zip(inspect.signature(handler.function).parameters, wanted, strict=False):
        found = hints.get(name, type_wanted)
        if found is not type_wanted:
            words = getattr(found, "__name__", str(found))
            message = f"Its parameter '{name}' is annotated {words}."
            hint = f"It is {kind}, so it gets a {session.__name__} and a Message: annotate them so."
            yield _error("E006", handler, message, hint)


def _hook_problems(hook: Hook) -> Iterator[CheckMessage]:
    named = hook.of in message_handlers if hook.of else any(one.is_default for one in message_handlers)
    words = f"@{hook.moment} ({hook.place}): "
    if not named:
        missing = f"no message handler is named '{hook.of}'" if hook.of else "there is no default handler"
        hint = "Name the message handler whose conversations are meant: @enter('sales')."
        yield Error(f"{words}{missing}.", hint=hint, obj=hook.place, id="conversations.E008")
    try:
        inspect.signature(hook.function).bind(None)
    except TypeError:
        message = f"{words}it cannot be called with a session alone."
        hint = "Write it as: def hello(session: SyncSession) -> str."
        yield Error(message, hint=hint, obj=hook.place, id="conversations.E008")


def _action_problems(action: Action[..., Any]) -> Iterator[CheckMessage]:
    try:
        wanted = set(action.parameters.injected.values())
    except (TypeError, NameError):
        return  # which the checks of actions say
    wrong = sync_session_of if action.is_async else session_of
    if wrong in wanted:
        kind, session = ("async", Session) if action.is_async else ("sync", SyncSession)
        words = f"Action '{action.name}' ({action.place})"
        message = f"{words} is {kind}, and takes the session of the other kind."
        hint = f"Annotate it with {session.__name__}."
        yield Error(message, hint=hint, obj=action.place, id="conversations.E009")


def _second_defaults() -> Iterator[CheckMessage]:
    defaults = [handler for handler in message_handlers if handler.is_default]
    for other in defaults[1:]:
        first = defaults[0]
        hint = f"'{first.name}' is it already ({first.place}). Give this one a name: @message(name='sales')."
        yield _error("E007", other, "It is a second default handler.", hint)


def _error(code: str, handler: MessageHandler, message: str, hint: str) -> Error:
    return Error(
        f"Message handler '{handler.name}' ({handler.place}): {message}",
        hint=hint,
        obj=handler.place,
        id=f"conversations.{code}",
    )
