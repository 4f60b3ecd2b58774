"""A handler without a value: meant, or a forgotten ``return``. Said where a site is built on or tested."""

from __future__ import annotations

import inspect
from types import NoneType
from typing import TYPE_CHECKING, Any, get_type_hints

from django.conf import settings

from handlers.annotations import alternatives
from handlers.errors import NothingReturned

if TYPE_CHECKING:
    from handlers.declarations import Handler

__all__ = ["expected"]


def expected(handler: Handler[..., Any], value: Any) -> Any:
    """``value``, for a widget to show.

    Raises ``NothingReturned`` for ``None``, where one builds or tests (``CAPSULE_DOUBTS``) and the handler's
    annotation does not say ``| None``.
    """
    if value is None and settings.CAPSULE_DOUBTS and not _may_be_nothing(handler.function):
        raise NothingReturned(
            f"Data handler '{handler.name}' ({handler.place}) returned None. Is a `return` forgotten? "
            "One that may have no value says so: `-> int | None`."
        )
    return value


def _may_be_nothing(function: Any) -> bool:
    try:
        hints = get_type_hints(inspect.unwrap(function), include_extras=True)
    except Exception:  # it names what is imported for type checkers only: nobody knows
        return True
    kinds = list(alternatives(hints.get("return")))
    return len(kinds) > 1 and NoneType in kinds
