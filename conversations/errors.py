"""What can go wrong in a conversation, and with its ``session.data``."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from capsule.errors import BadInput, CapsuleError

__all__ = [
    "BadReply",
    "BadVerb",
    "CannotBeKept",
    "MessageRefused",
    "ReplyTooLong",
    "SessionConflict",
    "SessionDataError",
    "StillStreaming",
    "TurnLost",
    "TurnRefused",
]

NAME_LENGTH = 64  # characters of a path shown in a sentence: a key may be as long as a book


class SessionDataError(BadInput):
    """A value that ``session.data`` cannot keep. Nothing of what was stored is lost.

    Over HTTP it becomes a 400 whose ``fields`` name ``session.data``.
    """

    anchor = "sessiondataerror"
    for_people = False  # a program's own value was refused

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, {"session.data": [sentence]})


class SessionConflict(CapsuleError):
    """Two writers changed the same place of one conversation's data to different values.

    ``path`` names the place, such as ``("answers", "subject")``; it is empty where the conversation itself
    has gone. Nothing of this writer's changes is stored. Over HTTP it becomes a 409.
    """

    anchor = "sessionconflict"
    for_people = True

    def __init__(self, path: Sequence[str] = ()) -> None:
        self.path = tuple(path)
        self.place = ".".join(self.path)[:NAME_LENGTH]
        if self.path:
            message = _("“%(place)s” was changed elsewhere meanwhile. Load the page again, then repeat.")
        else:
            message = _("This conversation was deleted elsewhere. Load the page again to begin a new one.")
        super().__init__(message % {"place": self.place})


class MessageRefused(CapsuleError):
    """A message that is not taken: empty, too long (``status`` 422), or one too many (429).

    Its text is the sentence that the person reads.
    """

    anchor = "messagerefused"
    for_people = True

    def __init__(
        self, sentence: str, status: int = 422, code: str = "message_refused", retry_after: int = 0
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.retry_after = retry_after  # seconds; 0: at once


class ReplyTooLong(CapsuleError, ValueError):
    """A handler said more than one message can hold."""

    anchor = "replytoolong"

    def __init__(self) -> None:
        super().__init__("A reply holds at most 200,000 characters. What is longer belongs in a collection.")


class BadReply(CapsuleError, TypeError):
    """A handler returned or yielded what no message is made of."""

    anchor = "badreply"


class BadVerb(CapsuleError, ValueError):
    """A verb of a session was given what it does not take. Nothing was shown."""

    anchor = "badverb"


class StillStreaming(CapsuleError, RuntimeError):
    """A second streamed reply was begun before the first ended."""

    anchor = "stillstreaming"


class TurnLost(CapsuleError):
    """The turn is not this runner's any more: the conversation was deleted, or others gave the runner up."""


class CannotBeKept(CapsuleError, TypeError):
    """A widget, or a question's action, that cannot be stored with a message. Its text says why."""

    anchor = "cannotbekept"


class TurnRefused(CapsuleError):
    """The turn must not run: ``problem`` says why, as ``problems.py`` names it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
