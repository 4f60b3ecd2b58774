"""What SQLite cannot do by itself: functions that every connection to it gets.

They are used in queries only, never in a table's definition, so that other programs can open the file.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from collections_app.comparing import same
from collections_app.queries.expressions import DECIMAL
from collections_app.queries.patterns import search
from collections_app.queries.text import fold
from collections_app.queries.words import fold_words

__all__ = ["define_functions"]


@receiver(connection_created, dispatch_uid="collections_app.functions")
def define_functions(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give a new connection ``capsule_fold``, ``capsule_matches`` and the others below."""
    if connection.vendor == "sqlite":
        define = connection.connection.create_function
        define("capsule_fold", 1, _fold, deterministic=True)
        define("capsule_words", 1, _fold_words, deterministic=True)
        define("capsule_matches", 2, _matches, deterministic=True)
        define("capsule_same_json", 2, _same_json, deterministic=True)
        define("capsule_decimal_order", 2, _decimal_order, deterministic=True)


# What is not text has no answer, as NULL has none: an error in here would be the whole statement's.


def _fold(text: object) -> str | None:
    return fold(text) if isinstance(text, str) else None


def _fold_words(text: object) -> str | None:
    return fold_words(text) if isinstance(text, str) else None


def _matches(written: object, text: object) -> bool | None:
    return search(written, text) if isinstance(written, str) and isinstance(text, str) else None


def _same_json(text: object, others: object) -> bool | None:
    """Whether a JSON value equals one of a JSON array's."""
    if not isinstance(text, str) or not isinstance(others, str):
        return None
    value = json.loads(text)
    return any(same(value, other) for other in _others(others))


@lru_cache(maxsize=16)
def _others(text: str) -> list[Any]:
    """The same for every row of a statement, so it is read once."""
    others: list[Any] = json.loads(text)
    return others


_is_decimal = re.compile(DECIMAL, re.ASCII).fullmatch


def _decimal_order(text: object, amount: object) -> int | None:
    """-1, 0 or 1: whether an amount is less than another, equal or greater, to the last digit."""
    if not isinstance(text, str) or not isinstance(amount, str) or not _is_decimal(text):
        return None
    first, second = Decimal(text), Decimal(amount)
    return (first > second) - (first < second)
