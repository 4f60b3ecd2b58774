"""One call of a handler or an action: within its time, and beside so many others at once."""

from __future__ import annotations

import asyncio
import logging
import math
import warnings
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from copy import copy
from typing import TYPE_CHECKING, Any, Final, Protocol

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.addresses import client_address
from capsule.access import Access
from capsule.errors import TimedOut, explained
from capsule.identity import current_identity
from capsule.seats import Room
from capsule.sources import Source, coming_from
from capsule.threads import MOST_LEFT
from capsule.time_limits import TimeLimit, current_limit, time_left
from capsule.words import Words

if TYPE_CHECKING:
    from handlers.declarations import Handler

__all__ = [
    "HandlerWrites",
    "arunning",
    "awaited",
    "called",
    "for_reading",
    "only_reading",
    "running",
    "warn_of_writing",
]

logger = logging.getLogger("capsule.handlers")

# As many as there can be threads that go on alone: so each of them can let the others pass.
_room: Final = Room(each=lambda: int(settings.CAPSULE_HANDLERS_AT_ONCE), all=lambda: MOST_LEFT, patience=2.0)
# Calls that nobody waits for any more, and that go on all the same.
_left_alone: Final[set[Hashable]] = set()
_reading: ContextVar[Handler[..., Any] | None] = ContextVar("handlers_reading", default=None)


class HandlerWrites(UserWarning):
    """A handler that was asked for its value has written to the store."""

    anchor = "handlerwrites"


class Declared(Protocol):
    """What a data handler and an action have in common: a function with a name, and a time."""

    kind: str
    source: Source
    too_long: Words
    name: str
    access: Access
    is_async: bool
    function: Callable[..., Any]

    @property
    def timeout(self) -> float | None: ...
    @property
    def place(self) -> str: ...


# Calling it --------------------------------------------------------------------------------------------


def called(declared: Declared, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What the function returns, sync or async. Raises what it raises, and ``TimedOut``."""
    if declared.is_async:
        return async_to_sync(awaited)(declared, args, kwargs)
    try:
        with coming_from(declared.source):
            return declared.function(*args, **kwargs)
    except SystemExit as error:
        raise _left(declared, error) from error


async def awaited(declared: Declared, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """The same of an async function."""
    # Caught inside the task: outside it would already have stopped the server's event loop.
    seconds = time_left(_seconds(declared))
    try:
        async with asyncio.timeout(None if math.isinf(seconds) else seconds) as limit:
            with coming_from(declared.source):
                return await declared.function(*args, **kwargs)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimedOut(str(declared.too_long)) from error
    except SystemExit as error:
        raise _left(declared, error) from error


def _left(declared: Declared, error: SystemExit) -> RuntimeError:
    return RuntimeError(
        f"{declared.kind} '{declared.name}' ({declared.place}) called sys.exit({error.code!r})."
    )


def _seconds(declared: Declared) -> float:
    return math.inf if declared.timeout is None else declared.timeout


# Its time, and its seat --------------------------------------------------------------------------------


@contextmanager
def running(declared: Declared, request: HttpRequest | None, arguments: dict[str, Any]) -> Iterator[None]:
    """Within the block its time runs, and its value is made and written out.

    Raises ``TimedOut``, and ``Busy`` where too many run already. One that another calls runs on the seat of
    that one, within its time.
    """
    if current_limit() is not None:
        with TimeLimit(_seconds(declared), words=declared.too_long):
            yield
        return
    who = _who(declared, request)
    with _room.seat(who), _timed(declared, who, request, arguments):
        yield


@asynccontextmanager
async def arunning(
    declared: Declared, request: HttpRequest | None, arguments: dict[str, Any]
) -> AsyncIterator[None]:
    """``running`` for async code: the loop does not stand still while a seat is waited for."""
    if current_limit() is not None:
        with TimeLimit(_seconds(declared), words=declared.too_long):
            yield
        return
    who = await sync_to_async(_who)(declared, request)
    seat = _room.seat(who)
    await sync_to_async(seat.__enter__, thread_sensitive=False)()
    try:
        with _timed(declared, who, request, arguments):
            yield
    finally:
        seat.__exit__(None, None, None)


@contextmanager
def _timed(
    declared: Declared, who: str, request: HttpRequest | None, arguments: dict[str, Any]
) -> Iterator[None]:
    def call() -> Hashable:
        return (declared.kind, declared.name, who, repr(arguments))

    if _left_alone and call() in _left_alone:
        # A second would hang as well, and so would each that follows: the page around it goes on without.
        raise TimedOut(str(declared.too_long))

    def left_alone() -> None:
        _left_alone.add(call())
        logger.error(
            "%s '%s' (%s) has not ended after %g s, request %s. It was given up, and its thread is left "
            "with it.",
            declared.kind,
            declared.name,
            declared.place,
            limit.seconds,
            getattr(request, "request_id", ""),
        )

    limit = TimeLimit(_seconds(declared), left_alone, words=declared.too_long)
    try:
        with limit:
            yield
    except TimedOut:
        logger.warning(
            "%s '%s' (%s) took longer than its time, request %s",
            declared.kind,
            declared.name,
            declared.place,
            getattr(request, "request_id", ""),
        )
        raise
    finally:
        if _left_alone:
            _left_alone.discard(call())


def _who(declared: Declared, request: HttpRequest | None) -> str:
    """Whose seats it takes. A public one is not asked who calls it: that would cost it a query."""
    if declared.access != "public":
        user_id = current_identity().user_id
        if user_id is not None:
            return f"person:{user_id}"
    return (
        "" if request is None or "REMOTE_ADDR" not in request.META else f"address:{client_address(request)}"
    )


# It only reads -----------------------------------------------------------------------------------------


def for_reading(request: HttpRequest) -> HttpRequest:
    """The request, if it is one for reading; else its like, by the same person to the same address, that is.

    A page that answers a form shows its charts: what was sent was meant for the page, not for their views.
    """
    if request.method in ("GET", "HEAD"):
        return request
    reading = copy(request)
    reading.method, reading.POST = "GET", QueryDict()
    reading._files = MultiValueDict()  # type: ignore[attr-defined] # there is no other way to set them
    return reading


@contextmanager
def only_reading(handler: Handler[..., Any], request: HttpRequest) -> Iterator[None]:
    """Say for a block that the handler was asked for its value, and not to do something."""
    token = _reading.set(handler if request.method in ("GET", "HEAD") else None)
    try:
        yield
    finally:
        _reading.reset(token)


def warn_of_writing() -> None:
    """A write has begun: where a handler was only asked for its value, its developer hears of it."""
    handler = _reading.get()
    if handler is None:
        return
    message = (
        f"Data handler '{handler.name}' ({handler.place}) writes while it is read. Whoever looks at a page "
        "would write, as often as it is shown: compute here, write in an action."
    )
    message = explained(message, HandlerWrites.anchor)
    if settings.DEBUG:
        logger.warning(message)
    warnings.warn(message, HandlerWrites, stacklevel=2)
