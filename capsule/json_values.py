"""The one door for JSON from outside and into storage.

SQLite keeps strings that PostgreSQL refuses (NUL, lone surrogates) and both keep numbers that the other
side of a browser cannot read. Whatever passes here can be stored by either database, moved from one to
the other, and read by JavaScript without loss.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from capsule.errors import CapsuleError

__all__ = [
    "DOCUMENT",
    "EMPTY",
    "InvalidJSON",
    "Limits",
    "clean_json",
    "clean_text",
    "dumps",
    "dumps_for_jsonb",
    "instant",
    "normal_keys",
    "parse_json",
    "shown",
]

SAFE_INTEGER = 2**53 - 1  # the largest whole number that JavaScript and a double hold exactly
PATH_LIMIT = 120  # characters of a place that an error message shows
EMPTY = '""'  # the outermost key that is empty, in a place
KEY_LIMIT = 500  # characters of a key beyond ASCII: to normalise it may take time that grows with its square


def shown(path: str) -> str:
    """A key or a place as an answer can say it: it may be a megabyte long, or hold half a character."""
    return path[:PATH_LIMIT].encode("utf-8", "replace").decode()


class InvalidJSON(CapsuleError, ValueError):
    """A value that cannot be stored as JSON here. ``path`` names the place, such as ``meta.plan``."""

    anchor = "invalidjson"
    for_people = True

    def __init__(self, problem: str, path: str = "") -> None:
        path = shown(path)
        super().__init__(f"{path}: {problem}" if path else problem)
        self.problem = problem
        self.path = path


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a value may be. ``size`` is in bytes of UTF-8 JSON, ``keys`` counts a whole value's."""

    size: int = 1024 * 1024
    keys: int = 1000
    depth: int = 32


DOCUMENT = Limits()


def parse_json(raw: bytes | str, limits: Limits = DOCUMENT, *, clean: bool = True) -> Any:
    """Parse JSON from outside, strictly: UTF-8, no duplicate keys, no NaN, within ``limits``.

    Raises ``InvalidJSON``. With ``clean=False`` the caller passes the value through ``clean_json`` itself.

    Example: ``parse_json(b'{"n": 1}') == {"n": 1}``
    """
    if len(raw) > limits.size:
        raise InvalidJSON(f"It is larger than {limits.size:,} bytes.")
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        if text.startswith("\ufeff"):
            raise InvalidJSON("It begins with a byte order mark; send plain UTF-8.")
        value = json.loads(
            text, object_pairs_hook=_unique_keys, parse_float=_finite, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise InvalidJSON(f"It is nested deeper than {limits.depth} levels.") from None
    except UnicodeDecodeError:
        raise InvalidJSON("It is not UTF-8.") from None
    except InvalidJSON:
        raise
    except ValueError as error:  # also an integer of more than 4,300 digits
        raise InvalidJSON(f"It is not JSON: {error}.") from None
    return clean_json(value, limits) if clean else value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        counts = Counter(name for name, _ in pairs)  # one pass: 100,000 keys must not take 100,000 walks
        repeated = counts.most_common(1)[0][0]
        raise InvalidJSON("This key stands twice in one object.", repeated)
    return unique


def _finite(text: str) -> float:
    # "1e999" becomes infinity without parse_constant being asked.
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJSON(f"{text[:20]} is too large for a number.")
    return number


def _refuse_constant(text: str) -> float:
    raise InvalidJSON(f"{text} is not a JSON number.")


def clean_json(value: Any, limits: Limits = DOCUMENT) -> Any:
    """A copy of ``value`` made only of JSON's types, checked against ``limits``.

    Dates become ``YYYY-MM-DD``, instants UTC with microseconds and ``Z``, decimals and UUIDs strings;
    keys are brought to Unicode's form NFC. Raises ``InvalidJSON`` with the place and the reason.
    """
    budget = [limits.keys]
    cleaned = _clean(value, "", limits.depth, budget, limits)
    if len(dumps(cleaned)) > limits.size:
        raise InvalidJSON(f"It is larger than {limits.size:,} bytes.")
    return cleaned


def _is_plain(value: Any) -> bool:
    """Whether a value is what most are, and can stay as it is: it spares most calls of a bulk load."""
    kind = type(value)
    return (kind is str and value.isascii() and "\0" not in value) or kind is bool or value is None


def _clean(value: Any, path: str, depth: int, budget: list[int], limits: Limits) -> Any:
    kind = type(value)
    if kind is str:
        return clean_text(value, path)
    if kind is int or kind is float:
        return _clean_number(value, path)
    if isinstance(value, Mapping):
        return _clean_object(value, path, depth, budget, limits)
    if isinstance(value, (list, tuple)):
        _spend(budget, len(value), depth, path, limits)
        return [
            item if _is_plain(item) else _clean(item, f"{path}.{at}", depth - 1, budget, limits)
            for at, item in enumerate(value)
        ]
    return value if _is_plain(value) else _clean_other(value, path)


def _clean_object(
    value: Mapping[Any, Any], path: str, depth: int, budget: list[int], limits: Limits
) -> dict[str, Any]:
    _spend(budget, len(value), depth, path, limits)
    cleaned: dict[str, Any] = {}
    for key, item in value.items():
        if type(key) is not str:
            raise InvalidJSON(f"One of its keys is a {type(key).__name__}, not a string.", path)
        place = f"{path}.{key}" if path else key or EMPTY
        name = key if _is_plain(key) else _normal_key(key, place)
        if name in cleaned:
            raise InvalidJSON("This key stands twice in one object.", place)
        cleaned[name] = item if _is_plain(item) else _clean(item, place, depth - 1, budget, limits)
    return cleaned


def normal_keys(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy with its outermost keys in Unicode's form NFC, and all else as it is.

    Raises ``InvalidJSON`` for a key that cannot be one, and for two that become one.
    """
    if all(type(key) is not str or key.isascii() for key in value):
        return dict(value)
    keys: dict[Any, Any] = {}
    for key, item in value.items():
        name = _normal_key(key, key) if type(key) is str and not key.isascii() else key
        if name in keys:
            raise InvalidJSON("This key stands twice in one object.", key)
        keys[name] = item
    return keys


def _normal_key(key: str, place: str) -> str:
    if len(clean_text(key, place)) > KEY_LIMIT:
        raise InvalidJSON(f"This key is longer than {KEY_LIMIT} characters.", place)
    return unicodedata.normalize("NFC", key)


def _spend(budget: list[int], count: int, depth: int, path: str, limits: Limits) -> None:
    if depth <= 0:
        raise InvalidJSON(f"It is nested deeper than {limits.depth} levels.", path)
    budget[0] -= count
    if budget[0] < 0:
        raise InvalidJSON(f"It has more than {limits.keys:,} keys and entries.", path)


def clean_text(text: str, path: str = "") -> str:
    """``text``, if both databases can store it: no NUL and no lone surrogate. Raises ``InvalidJSON``."""
    if "\0" in text:
        raise InvalidJSON("It contains a NUL character.", path)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidJSON("It contains half of a character (a lone surrogate).", path) from None
    return text


def _clean_number(number: int | float, path: str) -> int | float:
    if isinstance(number, int):
        if not -SAFE_INTEGER <= number <= SAFE_INTEGER:
            raise InvalidJSON("Whole numbers beyond 2^53 would lose digits; store it as text.", path)
    elif not math.isfinite(number):
        raise InvalidJSON("NaN and Infinity are not JSON numbers.", path)
    return number


def _clean_other(value: Any, path: str) -> Any:
    if isinstance(value, datetime):
        return instant(value, path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidJSON("NaN and Infinity are not JSON numbers.", path)
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, str):  # a subclass: SafeString, a TextChoices member
        return clean_text(str.__str__(value), path)
    if isinstance(value, (int, float)):  # an IntEnum, say
        return _clean_number(int(value) if isinstance(value, int) else float(value), path)
    raise InvalidJSON(f"A {type(value).__name__} cannot be stored as JSON.", path)


def instant(moment: datetime, path: str = "") -> str:
    """An instant as text whose order is time's: ``2026-11-23T10:00:00.000000Z``.

    Raises ``InvalidJSON`` for a datetime without a time zone, which names no instant.
    """
    if moment.utcoffset() is None:
        raise InvalidJSON("This datetime has no time zone.", path)
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise InvalidJSON("This datetime lies outside the years 1 to 9999 in UTC.", path) from None
    # Not strftime: it writes the year 999 as "999", which sorts after 2026.
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def dumps(value: Any) -> bytes:
    """Compact UTF-8 JSON of an already clean value."""
    return orjson.dumps(value)


_MAYBE_LARGE = re.compile(rb"[0-9]e\+?1[6-9]")  # as a double from 1e16 to 2^64 is written; or a text


def dumps_for_jsonb(value: Any) -> bytes:
    """``dumps``, with a point in each large double, which PostgreSQL keeps.

    It writes 1e17 as a whole number, and as one it would come back: past those that a document may have.
    """
    written = dumps(value)
    return dumps(_with_points(value)) if _MAYBE_LARGE.search(written) else written


def _with_points(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_points(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_points(item) for item in value]
    if type(value) is float and 1e16 <= abs(value) < 2.0**64:
        # Its own digits and zeros, not the nearest whole number: a filter's value is read from these too.
        return orjson.Fragment(f"{Decimal(repr(value)):f}.0")
    return value
