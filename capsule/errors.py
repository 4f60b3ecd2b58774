"""The errors that every layer shares: each says what was wanted, what came, and what to do.

Each that a developer can cause has its entry in ``docs/errors.md``, and says where: see ``CapsuleError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import OperationalError

if TYPE_CHECKING:
    from django.http import HttpResponseBase

__all__ = [
    "AnswerInstead",
    "BadArgument",
    "BadBinding",
    "BadDrawing",
    "BadInput",
    "Busy",
    "CapsuleError",
    "ChangedMeanwhile",
    "DeclaredTwice",
    "NoIdentity",
    "NotAValue",
    "NotDeclared",
    "ScopeError",
    "TimedOut",
    "TooCostly",
    "Unavailable",
    "explained",
    "problems_by_field",
    "sentence_of",
    "titles_of",
]

DOCS: Final = "docs/errors.md"


def explained(sentence: str, anchor: str) -> str:
    """A sentence for a developer, with the place that says more of it.

    Example: ``explained("No.", "noidentity") == "No. See docs/errors.md#noidentity"``
    """
    return f"{sentence} See {DOCS}#{anchor}" if anchor else sentence


def sentence_of(error: BaseException) -> str:
    """What an error says, without the place in the documentation: for people, and to stand in another's text.

    Example: ``sentence_of(NotDeclared("No page is named 'x'.")) == "No page is named 'x'."``
    """
    return error.sentence if isinstance(error, CapsuleError) else str(error)


def problems_by_field(error: ValidationError) -> dict[str, list[str]]:
    """What is wrong, by field: what is about the whole, or about several fields together, under Django's own
    name for that, so that it is said once.

    Example: ``problems_by_field(ValidationError({"due": ["Enter a date."]})) == {"due": ["Enter a date."]}``
    """
    together = getattr(error, "together", "")
    if together or not hasattr(error, "error_dict"):
        return {str(NON_FIELD_ERRORS): [together] if together else list(error.messages)}
    found: dict[str, list[str]] = error.message_dict
    return found


def titles_of(error: Exception) -> dict[str, str]:
    """What a person calls the fields of an error that a collection raised, as far as one knows."""
    titles: dict[str, str] = getattr(error, "titles", {})
    return titles


class CapsuleError(Exception):
    """The base of every error that this project raises on purpose.

    ``anchor`` names its entry in ``docs/errors.md``, and its text ends with that. Where the text is what a
    person reads in a browser (``for_people``), a note beside it says so instead, which tracebacks show.
    """

    anchor: ClassVar[str] = ""
    for_people: ClassVar[bool] = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        error = super().__new__(cls, *args, **kwargs)
        if cls.anchor and cls.for_people:
            error.add_note(explained("", cls.anchor).lstrip())
        return error

    def __str__(self) -> str:
        return self.sentence if self.for_people else explained(self.sentence, self.anchor)

    @property
    def sentence(self) -> str:
        """Its text alone, without where more is said."""
        return super().__str__()


class NoIdentity(CapsuleError, RuntimeError):
    """Scoped state was touched where nobody is acting: no request, message, task or ``acting_as``."""

    anchor = "noidentity"

    def __init__(self) -> None:
        super().__init__(
            "No identity is bound here, so scoped state has no owner. Inside a request one is bound for you; "
            "in a script, task or test write `with acting_as(user=...):` (from capsule import acting_as); "
            "at the top of a module nobody acts yet: read inside the function that needs the value."
        )


class BadArgument(CapsuleError, TypeError):
    """A declaration or a widget was given an argument that it does not take: a misspelt one, most likely.

    Example: ``collection("threads", sortabel=True)`` says ``Did you mean 'sortable'?``
    """

    anchor = "badargument"


class BadBinding(CapsuleError, TypeError):
    """``acting_as`` was told twice who acts."""

    anchor = "badbinding"


class ScopeError(CapsuleError):
    """The bound identity has no key in the scope: an anonymous visitor in user scope, say.

    Over HTTP it becomes 401 ``authentication_required``; in a page the widget offers to sign in.
    """

    anchor = "scopeerror"
    for_people = True


class NotDeclared(CapsuleError, LookupError):
    """A name that no declaration has. ``LookupError``, since ``KeyError`` would show its text in quotes."""

    anchor = "notdeclared"


class NotAValue(CapsuleError, TypeError):
    """A declared setting or collection was asked whether it is true, or equal to a value: it has none itself.

    Example: ``if show_closed: ...`` says to write ``show_closed.get()``
    """

    anchor = "notavalue"


class DeclaredTwice(CapsuleError, ValueError):
    """Two declarations of one kind share a name."""

    anchor = "declaredtwice"


class BadInput(CapsuleError, ValueError):
    """Input from outside that cannot be used: becomes a 400 that names each field.

    Example: ``raise BadInput("This page number is not usable.", {"page": ["Use 1 or more."]})``
    """

    anchor = "badinput"
    for_people = True

    def __init__(self, message: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}

    def __str__(self) -> str:
        # For a log or a test. A person is shown the message, and each sentence beside its field.
        fields = {name: [str(one) for one in them] for name, them in self.fields.items()}
        message = str(self.message)  # these may be translated when they are read
        named = [f"{name}: {' '.join(them)}" for name, them in fields.items() if them != [message]]
        said = " ".join([message, *named])
        return said if self.for_people else explained(said, self.anchor)


class BadDrawing(BadInput):
    """A widget was given what it cannot show: by its page's code or its rows, and not by who looks.

    So its page is answered as ever, with a notice in the widget's frame, which in ``make dev`` says where
    the widget is made.

    Example: ``ui.Metric("Fees", totals, field="fees")``, where ``totals`` returns no ``fees``
    """


class ChangedMeanwhile(CapsuleError):
    """Somebody else changed what was to be written, and nothing was written.

    Over HTTP it becomes 409 ``conflict``, where no view says more.
    """

    anchor = "changedmeanwhile"
    for_people = True


class TooCostly(CapsuleError, OperationalError):
    """A statement ran for longer than ``CAPSULE_STATEMENT_SECONDS``, and was ended; nothing was written.

    Over HTTP it becomes 503 ``too_costly``; in a page the widget says so in its place.
    """

    anchor = "toocostly"
    for_people = True


class TimedOut(CapsuleError):
    """Something took longer than it may: see ``capsule.time_limits``.

    Over HTTP it becomes 503 ``timed_out`` with Retry-After; in a page the widget says so in its place.
    """

    anchor = "timedout"
    for_people = True


class Busy(CapsuleError):
    """So many do the same just now that one more has to wait, and has waited long enough.

    Over HTTP it becomes 503 ``busy`` with Retry-After; in a page the widget says so in its place.
    """

    anchor = "busy"
    for_people = True


class Unavailable(CapsuleError):
    """What was asked for depends on something that does not answer just now, another service say.

    Over HTTP it becomes 503 ``unavailable``; in a page the widget says so in its place.
    """

    anchor = "unavailable"
    for_people = True


class AnswerInstead(CapsuleError):
    """Raised while a page is drawn: ``response`` is the answer, and the page is not.

    So what stands in a page can answer with a file. It comes from where the page asks for its parts, with
    the page's own access, and nothing after it is drawn.

    Example: ``raise AnswerInstead(streamed(request, chunks, content_type="text/csv"))``
    """

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__("Another answer takes the place of this page.")
        self.response = response
