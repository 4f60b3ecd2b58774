"""The JSON values of ``session.data``: what may be kept, what is equal, how a copy follows the stored one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from capsule.json_values import InvalidJSON, Limits, clean_json, dumps
from conversations.errors import NAME_LENGTH, SessionDataError

__all__ = ["DEPTH", "MISSING", "checked", "copy_of", "same", "settle"]

DEPTH: Final = 32  # objects and lists within each other, the outermost counted
MISSING: Final[Any] = object()  # no value at all, which is not the same as None


def checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """A clean copy of ``data``. Raises ``SessionDataError`` if it is not JSON, too deep or too large."""
    # The size is measured here, for its sentence says where larger things belong.
    limits = Limits(size=sys.maxsize, keys=sys.maxsize, depth=DEPTH)
    try:
        cleaned: dict[str, Any] = clean_json(data, limits)
    except InvalidJSON as error:
        raise SessionDataError(_sentence(error)) from None
    if len(dumps(cleaned)) > settings.CAPSULE_SESSION_DATA_LIMIT:
        raise SessionDataError(
            _(
                "session.data holds at most %(limit)s KiB. Records that outlive a conversation belong in a "
                "collection."
            )
            % {"limit": f"{settings.CAPSULE_SESSION_DATA_LIMIT / 1024:g}"}
        )
    return cleaned


def _sentence(error: InvalidJSON) -> str:
    place = "session.data" + "".join(f".{part}" for part in [error.path[:NAME_LENGTH]] if part)
    words = {"place": place, "problem": error.problem[:200]}
    return _("%(place)s cannot be kept: %(problem)s") % words


def same(one: Any, other: Any) -> bool:
    """Whether two clean values are equal as JSON, which tells ``True`` from ``1`` and ``1`` from ``1.0``."""
    if one is MISSING or other is MISSING:
        return one is other
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def copy_of(value: Any) -> Any:
    """A deep copy of a clean value."""
    return orjson.loads(dumps(value)) if isinstance(value, (dict, list)) else value


def settle(mine: Any, stored: Any) -> Any:
    """``mine`` made equal to the clean value ``stored``, in place.

    A view that holds ``answers = data["answers"]`` goes on changing what the next commit compares.
    """
    if isinstance(mine, dict) and isinstance(stored, dict):
        for key in [key for key in mine if key not in stored]:
            del mine[key]
        for key, value in stored.items():
            mine[key] = settle(mine.get(key, MISSING), value)
        return mine
    if isinstance(mine, list) and isinstance(stored, list):
        held = dict(enumerate(mine))
        mine[:] = [settle(held.get(at, MISSING), value) for at, value in enumerate(stored)]
        return mine
    return copy_of(stored)
