"""The errors that every layer shares: each says what was wanted, what came, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import OperationalError

if TYPE_CHECKING:
    from django.http import HttpResponseBase

__all__ = [
    "AnswerInstead",
    "BadInput",
    "Busy",
    "CapsuleError",
    "ChangedMeanwhile",
    "DeclaredTwice",
    "NoIdentity",
    "NotDeclared",
    "ScopeError",
    "TimedOut",
    "TooCostly",
    "Unavailable",
]


class CapsuleError(Exception):
    """The base of every error that this project raises on purpose."""


class NoIdentity(CapsuleError, RuntimeError):
    """Scoped state was touched where nobody is acting: no request, message, task or ``acting_as``."""

    def __init__(self) -> None:
        super().__init__(
            "No identity is bound here, so scoped state has no owner. Inside a request one is bound for you; "
            "in a script, task or test write `with acting_as(user=...):` (from capsule import acting_as); "
            "at the top of a module nobody acts yet: read inside the function that needs the value."
        )


class ScopeError(CapsuleError):
    """The bound identity has no key in the scope: an anonymous visitor in user scope, say.

    Over HTTP it becomes 401 ``authentication_required``; in a page the widget offers to sign in.
    """


class NotDeclared(CapsuleError, LookupError):
    """A name that no declaration has. ``LookupError``, since ``KeyError`` would show its text in quotes."""


class DeclaredTwice(CapsuleError, ValueError):
    """Two declarations of one kind share a name."""


class BadInput(CapsuleError, ValueError):
    """Input from outside that cannot be used: becomes a 400 that names each field.

    Example: ``raise BadInput("This page number is not usable.", {"page": ["Use 1 or more."]})``
    """

    def __init__(self, message: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}


class ChangedMeanwhile(CapsuleError):
    """Somebody else changed what was to be written, and nothing was written.

    Over HTTP it becomes 409 ``conflict``, where no view says more.
    """


class TooCostly(CapsuleError, OperationalError):
    """A statement ran for longer than ``CAPSULE_STATEMENT_SECONDS``, and was ended; nothing was written.

    Over HTTP it becomes 503 ``too_costly``; in a page the widget says so in its place.
    """


class TimedOut(CapsuleError):
    """Something took longer than it may: see ``capsule.time_limits``.

    Over HTTP it becomes 503 ``timed_out`` with Retry-After; in a page the widget says so in its place.
    """


class Busy(CapsuleError):
    """So many do the same just now that one more has to wait, and has waited long enough.

    Over HTTP it becomes 503 ``busy`` with Retry-After; in a page the widget says so in its place.
    """


class Unavailable(CapsuleError):
    """What was asked for depends on something that does not answer just now, another service say.

    Over HTTP it becomes 503 ``unavailable``; in a page the widget says so in its place.
    """


class AnswerInstead(CapsuleError):
    """Raised while a page is drawn: ``response`` is the answer, and the page is not.

    So what stands in a page can answer with a file. It comes from where the page asks for its parts, with
    the page's own access, and nothing after it is drawn.

    Example: ``raise AnswerInstead(streamed(request, chunks, content_type="text/csv"))``
    """

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__("Another answer takes the place of this page.")
        self.response = response
