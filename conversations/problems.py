"""Why a turn failed, as a person reads it."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = [
    "BAD_ARGUMENTS",
    "CONFLICT",
    "FAILED",
    "NOT_ALLOWED",
    "NOT_MEMBER",
    "NO_ACTION",
    "NO_HANDLER",
    "sentence_of",
]

FAILED: Final = "failed"
CONFLICT: Final = "conflict"
NOT_MEMBER: Final = "not_member"
NOT_ALLOWED: Final = "not_allowed"
NO_HANDLER: Final = "no_handler"
NO_ACTION: Final = "no_action"
BAD_ARGUMENTS: Final = "bad_arguments"

PROBLEMS: Final[dict[str, Promise]] = {
    FAILED: _("Something went wrong while this was answered. The error was recorded."),
    CONFLICT: _("This conversation was changed elsewhere while this was answered, so nothing was kept."),
    NOT_MEMBER: _("You are no longer a member of the organisation that this conversation belongs to."),
    NOT_ALLOWED: _("You do not have permission to write to this assistant."),
    NO_ACTION: _("What should follow is not here any more, so nothing was done."),
    BAD_ARGUMENTS: _("This cannot be done any more as it was asked for, so nothing was done."),
    NO_HANDLER: _("This assistant is not here any more, so nobody can answer."),
}


def sentence_of(problem: str) -> str:
    """The sentence for what is stored with a failed turn."""
    return str(PROBLEMS.get(problem, PROBLEMS[FAILED]))
