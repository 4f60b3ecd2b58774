"""Documents as a support desk has them, about 320 bytes each: the same ones at every run."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

__all__ = ["OWNERS", "WRITTEN", "owner_key", "owners", "reference_fields", "tickets"]

WRITTEN = 1000  # documents that are made from one seed, and written in one transaction
OWNERS = 2000
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)

# 40 % open, 2 % spam, 0.05 % rare: the share decides which index serves a filter with an order.
_STATUSES = ("open", "closed", "waiting", "new", "spam", "rare")
_SHARES = (0.40, 0.30, 0.1795, 0.10, 0.02, 0.0005)
_WORDS = (
    "printer", "invoice", "password", "refund", "delivery", "license", "meeting", "update", "account",
    "network", "backup", "monitor", "keyboard", "order", "warranty", "calendar", "mailbox", "website",
    "contract", "projector", "scanner", "tablet", "router", "badge",
)  # fmt: skip
_NAMES = (
    "ada", "ben", "cleo", "dirk", "ella", "finn", "gwen", "hugo", "ines", "jona", "kira", "liam", "mona",
    "nils", "olga", "paul", "rosa", "sven", "tara", "zoe",
)  # fmt: skip
# Zipf: the owner of rank r has a share of 1/r.
_CUMULATED = list(accumulate(1 / rank for rank in range(1, OWNERS + 1)))


def tickets(begin: int, end: int) -> Iterator[dict[str, Any]]:
    """The documents ``begin`` to ``end``, a multiple of 1,000 or the last: later ones are created later."""
    for first in range(begin, end, WRITTEN):
        chance = random.Random(first)
        for number in range(first, min(first + WRITTEN, end)):
            yield _ticket(number, chance)


def _ticket(number: int, chance: random.Random) -> dict[str, Any]:
    created = BEGIN + timedelta(seconds=90 * number, microseconds=chance.randrange(60_000_000))
    tags = [chance.choice(_WORDS), *(["vip"] if chance.random() < 0.12 else [])]
    return {
        "subject": f"{' '.join(chance.choices(_WORDS, k=4)).capitalize()} #{chance.randrange(10**6)}",
        "status": chance.choices(_STATUSES, _SHARES)[0],
        "priority": chance.randrange(1000),
        "amount": f"{chance.randrange(10**6) / 100:.2f}".rstrip("0").rstrip("."),
        "email": f"{chance.choice(_NAMES)}.{chance.randrange(10**6)}@example.com",
        "created": created.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "tags": [*tags, *(["rare"] if chance.random() < 0.0005 else [])],
        "note": " ".join(chance.choices(_WORDS, k=14)),
    }


def owners(begin: int, end: int) -> Iterator[int]:
    """The rank, from 0, of the owner of each of the documents ``begin`` to ``end``."""
    for first in range(begin, end, WRITTEN):
        chance = random.Random(-1 - first)
        for _number in range(first, min(first + WRITTEN, end)):
            yield bisect(_CUMULATED, chance.random() * _CUMULATED[-1])


def owner_key(rank: int) -> str:
    """The scope key of an owner."""
    return f"org:{rank}"


def reference_fields(document: dict[str, Any]) -> dict[str, Any]:
    """A document's values as the hand-written model has them."""
    return {
        **document,
        "amount": Decimal(document["amount"]),
        "created": datetime.fromisoformat(document["created"]),
    }
