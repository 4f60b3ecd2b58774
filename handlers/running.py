"""One call of a handler: within its time, beside so many others at once, and without writing."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from capsule.errors import TimedOut
from capsule.identity import current_identity
from capsule.seats import Room
from capsule.threads import MOST_LEFT
from capsule.time_limits import TimeLimit, current_limit

if TYPE_CHECKING:
    from handlers.declarations import Handler

__all__ = ["HandlerWrites", "for_reading", "only_reading", "running", "warn_of_writing"]

logger = logging.getLogger("capsule.handlers")

# As many as there can be threads that go on alone: so each of them can let the others pass.
_room: Final = Room(each=lambda: int(settings.CAPSULE_HANDLERS_AT_ONCE), all=lambda: MOST_LEFT, patience=2.0)
# Calls that nobody waits for any more, and that go on all the same.
_left_alone: Final[set[Hashable]] = set()
_reading: ContextVar[Handler[..., Any] | None] = ContextVar("handlers_reading", default=None)


class HandlerWrites(UserWarning):
    """A handler that was asked for its value has written to the store."""


@contextmanager
def running(
    handler: Handler[..., Any], request: HttpRequest | None, arguments: dict[str, Any]
) -> Iterator[None]:
    """Within the block the handler's time runs, and its value is made and written out.

    Raises ``TimedOut``, and ``Busy`` where too many run already. One that another handler calls runs on the
    seat of that one, within its time.
    """
    if current_limit() is not None:
        with TimeLimit(handler.timeout):
            yield
        return
    who = _who(handler, request)
    call = (handler.name, who, repr(arguments)) if _left_alone else None
    if call in _left_alone:
        # A second would hang as well, and so would each that follows: the page around it goes on without.
        raise TimedOut(_("This takes too long. Try again in a moment, or ask for less."))

    def left_alone() -> None:
        _left_alone.add((handler.name, who, repr(arguments)))
        logger.error(
            "Data handler '%s' (%s) has not ended after %g s, request %s. It was given up, and its thread is "
            "left with it.",
            handler.name,
            handler.place,
            limit.seconds,
            getattr(request, "request_id", ""),
        )

    limit = TimeLimit(handler.timeout, left_alone)
    try:
        with _room.seat(who), limit:
            yield
    except TimedOut:
        logger.warning(
            "Data handler '%s' (%s) took longer than its time, request %s",
            handler.name,
            handler.place,
            getattr(request, "request_id", ""),
        )
        raise
    finally:
        if _left_alone:
            _left_alone.discard((handler.name, who, repr(arguments)))


def _who(handler: Handler[..., Any], request: HttpRequest | None) -> str:
    """Whose seats it takes. A public one is not asked who calls it: that would cost it a query."""
    if handler.access != "public":
        user_id = current_identity().user_id
        if user_id is not None:
            return f"person:{user_id}"
    return (
        "" if request is None or "REMOTE_ADDR" not in request.META else f"address:{client_address(request)}"
    )


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
        "would write, as often as it is shown: compute here, write in an action "
        "(docs/handlers.md#it-only-reads)."
    )
    if settings.DEBUG:
        logger.warning(message)
    warnings.warn(message, HandlerWrites, stacklevel=2)
