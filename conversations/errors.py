"""What can go wrong with ``session.data``."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from capsule.errors import BadInput, CapsuleError

__all__ = ["SessionConflict", "SessionDataError"]

NAME_LENGTH = 64  # characters of a path shown in a sentence: a key may be as long as a book


class SessionDataError(BadInput):
    """A value that ``session.data`` cannot keep. Nothing of what was stored is lost.

    Over HTTP it becomes a 400 whose ``fields`` name ``session.data``.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, {"session.data": [sentence]})


class SessionConflict(CapsuleError):
    """Two writers changed the same place of one conversation's data to different values.

    ``path`` names the place, such as ``("answers", "subject")``; it is empty where the conversation itself
    has gone. Nothing of this writer's changes is stored. Over HTTP it becomes a 409.
    """

    def __init__(self, path: Sequence[str] = ()) -> None:
        self.path = tuple(path)
        self.place = ".".join(self.path)[:NAME_LENGTH]
        if self.path:
            message = _("“%(place)s” was changed elsewhere meanwhile. Load the page again, then repeat.")
        else:
            message = _("This conversation was deleted elsewhere. Load the page again to begin a new one.")
        super().__init__(message % {"place": self.place})
