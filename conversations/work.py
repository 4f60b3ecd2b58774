"""What a turn does: a message's handler, an action, what is done at a conversation's beginning or end."""

from __future__ import annotations

from asyncio import iscoroutine
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.errors import BadInput, ScopeError, problems_by_field
from capsule.identity import Identity, acting_as
from conversations.acts import action_named, offer_session
from conversations.chat import Message, Session, SyncSession
from conversations.declarations import MessageHandler, hook_of, message_handlers
from conversations.errors import NotTaken, TurnRefused
from conversations.models import ChatMessage, Kind
from conversations.problems import BAD_ARGUMENTS, NO_ACTION, NO_HANDLER, NOT_ALLOWED
from handlers.actions import Action
from handlers.controls import field_of
from handlers.outcomes import problems_of

__all__ = ["Work", "work_of"]


@dataclass(frozen=True)
class Work:
    """A function of the session; async where ``is_async``, and then given a ``Session``."""

    call: Callable[[Any], Any]
    is_async: bool


def work_of(turn: ChatMessage, message: Message, identity: Identity) -> Work:
    """What ``turn`` does for whoever it is. Raises ``TurnRefused``: gone, or not allowed (any more)."""
    handler = _handler(turn.conversation.handler, identity)
    if turn.kind == Kind.ACT:
        return _act(turn, identity)
    if turn.kind in (Kind.ENTER, Kind.EXIT):
        hook = hook_of("enter" if turn.kind == Kind.ENTER else "exit", handler)
        if hook is None:  # declared no more
            return Work(lambda session: None, False)
        return Work(hook.function, hook.is_async)
    return Work(lambda session: handler.function(session, message), handler.is_async)


def _act(turn: ChatMessage, identity: Identity) -> Work:
    action = action_named(str(turn.block.get("action", "")))
    if action is None:
        raise TurnRefused(NO_ACTION)
    request: Any = HttpRequest()
    request.identity, request.user = identity, identity.user or AnonymousUser()
    try:
        with acting_as(identity):
            action.admit()
        arguments = action.parameters.from_values(turn.block.get("arguments", {}))
    except (PermissionDenied, ScopeError):
        raise TurnRefused(NOT_ALLOWED) from None
    except BadInput:
        raise TurnRefused(BAD_ARGUMENTS) from None

    def call(session: Session | SyncSession) -> Any:
        offer_session(request, session)
        args, kwargs = action.parameters.bound(request, arguments)
        try:
            returned = action.function(*args, **kwargs)
        except ValidationError as error:
            raise NotTaken(_in_words(action, problems_by_field(error))) from error
        return _awaited(action, returned) if iscoroutine(returned) else _answer(action, returned)

    return Work(call, action.is_async)


async def _awaited(action: Action[..., Any], coming: Awaitable[Any]) -> Any:
    try:
        return _answer(action, await coming)
    except ValidationError as error:
        raise NotTaken(_in_words(action, problems_by_field(error))) from error


def _answer(action: Action[..., Any], returned: Any) -> Any:
    """What an action returned, as a reply: of problems by parameter, their sentences."""
    if not isinstance(returned, Mapping):
        return returned
    return _in_words(action, problems_of(returned)) if returned else None


def _in_words(action: Action[..., Any], problems: Mapping[str, Sequence[str]]) -> str:
    fields = action.parameters.fields
    called = {name: f"{field_of(fields[name]).label}: " for name in problems if name in fields}
    lines = [f"- {called.get(name, '')}{one}" for name, them in problems.items() for one in them]
    return "\n".join([_("This cannot be done as it is."), "", *lines])


def _handler(name: str, identity: Identity) -> MessageHandler:
    if name not in message_handlers:
        raise TurnRefused(NO_HANDLER)
    handler = message_handlers.get(name)
    if not allows(handler.access, identity):
        raise TurnRefused(NOT_ALLOWED)
    return handler
