"""Actions within a conversation: what may be done in a turn, with what, and where its button leads.

An ``@action`` with a ``Session`` is done in a turn of its own, one at a time with all others. It is asked for
at an address of its own: what somebody types is text, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.errors import BadInput, NotDeclared
from capsule.identity import Identity, acting_as
from capsule.injection import is_offered
from conversations.chat import Session, SyncSession
from conversations.errors import CannotBeKept, MessageRefused
from conversations.problems import NO_ACTION, sentence_of
from handlers.actions import Action, actions_registry
from handlers.results import plain

__all__ = [
    "act_address",
    "action_named",
    "argued",
    "drawing_in",
    "may_act",
    "offer_session",
    "require_act",
    "session_of",
    "sync_session_of",
    "takes_session",
    "turn_problem",
]

_drawn_in: ContextVar[UUID | None] = ContextVar("conversation_drawn_in", default=None)


def session_of(request: HttpRequest) -> Session:
    """The session of the turn that runs. Raises ``BadInput`` outside of one."""
    found = request.__dict__.get("turn_session")
    if not isinstance(found, Session):
        raise BadInput(_("This is done in a conversation. Use its button there."))
    return found


def sync_session_of(request: HttpRequest) -> SyncSession:
    """The same for a sync action."""
    found = request.__dict__.get("turn_session")
    if not isinstance(found, SyncSession):
        raise BadInput(_("This is done in a conversation. Use its button there."))
    return found


def offer_session(request: HttpRequest, session: Session | SyncSession) -> None:
    """Let what asks for a session, of this request, have this one."""
    request.__dict__["turn_session"] = session


def takes_session(action: Action[..., Any]) -> bool:
    """Whether the action belongs in a turn."""
    return any(provider in (session_of, sync_session_of) for provider in action.parameters.injected.values())


def turn_problem(action: Action[..., Any]) -> str:
    """Why the action cannot be done in a turn, or nothing."""
    parameters = action.parameters
    if parameters.takes_request:
        return "it takes the request, which a turn has none of"
    others = [name for name, one in parameters.injected.items() if is_offered(one)]
    foreign = [name for name in others if parameters.injected[name] not in (session_of, sync_session_of)]
    return f"its parameter '{foreign[0]}' comes from a page" if foreign else ""


def argued(action: Action[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are kept until it is done. Raises ``CannotBeKept``, and ``BadInput`` by name."""
    if not isinstance(action, Action) or action.name not in actions_registry:
        raise CannotBeKept(f"What follows is a declared @action, not {action!r:.80}.")
    if problem := turn_problem(action):
        raise CannotBeKept(f"Action '{action.name}' cannot follow: {problem}.")
    kept: dict[str, Any] = plain(action.parameters.from_values(arguments))
    return kept


# Where its button leads ---------------------------------------------------------------------------------


@contextmanager
def drawing_in(conversation_id: UUID) -> Iterator[None]:
    """What is drawn in this block stands in that conversation."""
    token = _drawn_in.set(conversation_id)
    try:
        yield
    finally:
        _drawn_in.reset(token)


def act_address(action: Action[..., Any]) -> str:
    """Where a button of a conversation has the action done. Raises ``BadInput`` outside of one."""
    conversation_id = _drawn_in.get()
    if conversation_id is None:
        raise BadInput(_("This button belongs in a conversation."))
    return reverse("conversations:act", args=[conversation_id, action.name])


def action_named(name: str) -> Action[..., Any] | None:
    """The declared action of that name that a turn can do."""
    try:
        found: Action[..., Any] = actions_registry.get(name)
    except NotDeclared:
        return None
    return None if turn_problem(found) else found


def may_act(name: str, identity: Identity) -> bool:
    """Whether a turn can do the action of that name, and that identity may have it done."""
    found = action_named(name)
    return found is not None and found.may(identity)


def require_act(name: str, identity: Identity) -> None:
    """Pass where ``may_act``. Raises ``MessageRefused`` for an action that is gone, and as ``admit`` does."""
    found = action_named(name)
    if found is None:
        raise MessageRefused(sentence_of(NO_ACTION), 409, "no_action")
    with acting_as(identity):
        found.admit()
