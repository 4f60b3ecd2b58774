"""Who opened a socket: found once, at its handshake, from the same session cookie as a request's.

Whoever it was may lose what they had: by signing out, by deactivation, by leaving an organisation. Each is
announced (``accounts.versions``), which closes the socket at once; what nobody announced (a session that has
grown too old, a row that was changed by hand) is looked for every minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from time import time
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from accounts.guessing import client_address
from accounts.middleware import CONVERSATION_KEY, identity_of
from accounts.models import User
from accounts.sessions import BEGUN_KEY, has_ended
from accounts.versions import access_topic
from capsule.identity import Identity
from capsule.threads import LastingThreads
from live.consumers import CLOSE, LiveSocket
from live.hub import hub
from live.versions import Versions, versions_of

__all__ = ["Visitor", "VisitorSockets", "ended", "look_for_ended", "visitor_of"]

logger = logging.getLogger("capsule.live")

Message = dict[str, Any]
LOOK_EVERY = 60.0  # seconds


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """Whose a socket is. ``access`` are the topics whose change ends it, as they were before it was asked."""

    identity: Identity
    access: Versions
    counted_as: str
    most: int  # sockets that are counted so, in one process
    session_key: str | None = None
    until: float = 0.0  # when the sign-in is over, in seconds since 1970


class VisitorSockets:
    """ASGI: puts ``scope["visitor"]`` before an application of websockets."""

    def __init__(self, application: Callable[..., Awaitable[None]], threads: LastingThreads) -> None:
        self.application = application
        self.threads = threads

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        with self.threads.chosen():  # for the handshake only: a socket lasts, and asks the database no more
            visitor = await database_sync_to_async(visitor_of)(scope)
        await self.application({**scope, "visitor": visitor}, receive, send)


def visitor_of(scope: Message) -> Visitor:
    """The visitor behind a handshake: a signed-in person, or a browser that nobody signed in from."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(_header(scope, b"cookie").replace("\0", ""))  # no database takes a NUL
    session, access = _session_of(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.session = session
    request.user = get_user(request)
    if not request.user.is_authenticated or has_ended(session):
        identity = Identity.of(session=session.get(CONVERSATION_KEY))
        return Visitor(identity, access, f"address:{_address(scope)}", settings.CAPSULE_SOCKETS_AN_ADDRESS)
    most = settings.CAPSULE_SOCKETS_A_VISITOR
    until = int(session.get(BEGUN_KEY, 0)) + settings.CAPSULE_SESSION_LIFETIME
    counted_as = f"person:{request.user.pk}"
    return Visitor(identity_of(request), access, counted_as, most, session.session_key, until)


def _session_of(key: str | None) -> tuple[SessionBase, Versions]:
    """The session, read after the version of its access: whatever ends it after that closes the socket."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    known_as = _known_as(store(key))
    access = versions_of([str(access_topic(known_as))]) if known_as else {}
    session: SessionBase = store(key)
    return session if _known_as(session) == known_as else store(), access


def _known_as(session: SessionBase) -> str | None:
    return session.get(SESSION_KEY) or session.get(CONVERSATION_KEY)


def _address(scope: Message) -> str | None:
    """The visitor's own, also behind our proxies."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = (scope.get("client") or [""])[0]
    request.META["HTTP_X_FORWARDED_FOR"] = _header(scope, b"x-forwarded-for", ",")
    return client_address(request)


def _header(scope: Message, wanted: bytes, joined: str = "; ") -> str:
    return joined.join(value.decode("latin-1") for name, value in scope.get("headers", ()) if name == wanted)


def look_for_ended() -> None:
    """Begin to look, in the event loop, for sockets whose sign-in is over."""
    task = asyncio.get_running_loop().create_task(_look())
    _looking.add(task)


_looking: set[asyncio.Task[None]] = set()  # held: the loop itself holds its tasks only weakly


async def _look() -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        sockets = [one for one in hub.sockets if isinstance(one, LiveSocket) and one.visitor.session_key]
        visitors = [socket.visitor for socket in sockets]
        try:
            over = await database_sync_to_async(ended)(visitors) if visitors else set()
        except Exception as error:  # whatever it was: who watches over sign-ins must not stop
            logger.warning("Whose sign-in is over could not be asked; the next look will: %s", error)
            continue
        for socket in sockets:
            if socket.visitor in over:
                socket.close(CLOSE["signed_out"])


def ended(visitors: Iterable[Visitor]) -> set[Visitor]:
    """Those who are not signed in any more as they were, in two queries."""
    known = list(visitors)
    people = User.objects.filter(pk__in={UUID(one.identity.user_id) for one in known if one.identity.user_id})
    versions = dict(people.filter(is_active=True).values_list("pk", "auth_version"))
    keys = {one.session_key for one in known}
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    alive = set(sessions.values_list("session_key", flat=True))

    def still(one: Visitor) -> bool:
        version = versions.get(UUID(one.identity.user_id or ""))
        same = version is not None and version == one.identity.user.auth_version
        return same and one.session_key in alive and time() < one.until

    return {one for one in known if not still(one)}
