"""Django's check messages, whose hint ends with where ``docs/errors.md`` says more."""

from __future__ import annotations

from django.core import checks

from capsule.errors import explained

__all__ = ["Error", "Warning", "anchor_of"]


def anchor_of(id: str) -> str:
    """The entry of a check in ``docs/errors.md``.

    Example: ``anchor_of("handlers.E011") == "handlers-e011"``
    """
    return id.lower().replace(".", "-")


class Error(checks.Error):
    """What keeps the site from starting: what is wrong, and what to write instead.

    Example: ``Error("It has no name.", hint="Give it one.", obj="desk.declarations:7", id="pages.E006")``
    """

    def __init__(self, msg: str, hint: str, obj: object = None, *, id: str) -> None:
        super().__init__(msg, hint=explained(hint, anchor_of(id)), obj=obj, id=id)


class Warning(checks.Warning):
    """The same for what would be better otherwise, and does no harm."""

    def __init__(self, msg: str, hint: str, obj: object = None, *, id: str) -> None:
        super().__init__(msg, hint=explained(hint, anchor_of(id)), obj=obj, id=id)
