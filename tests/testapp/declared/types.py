"""Every type of column, with values that fit and that do not, and five hundred hostile texts."""

from __future__ import annotations

from typing import Any

from capsule import PageRequest
from collections_app import Column, collection
from pages import page, ui
from tests.hostile import HOSTILE

__all__ = ["DAY", "HOSTILE_COLUMNS", "MOMENT", "hostile", "hostile_document", "stored_document"]

DAY, MOMENT = "2026-11-23", "2026-11-23T10:00:00.000000Z"
LONG = "A text that is far longer than its cell, and whose end nobody sees without pointing at it. " * 3

FITTING: list[Column] = [
    Column("text"),
    Column("number", type="number"),
    Column("ratio", type="number", format="percent"),
    Column("size", type="number", format="bytes"),
    Column("fee", type="currency", format="EUR"),
    Column("dollars", type="currency", format="USD"),
    Column("day", type="date"),
    Column("moment", type="date"),
    Column("always", type="date", format="relative"),
    Column("exact", type="date", format="datetime"),
    Column("own", type="date", format="j M Y"),
    Column("link", type="link"),
    Column("email", type="email"),
    Column("status", type="status"),
    Column("tags", type="tags"),
    Column("yes", type="boolean"),
    Column("score", type="score"),
]
FULL: dict[str, Any] = {
    "text": "The printer is on fire",
    "number": 1204.5,
    "ratio": 0.973,
    "size": 1377557908,
    "fee": "1204.5",
    "dollars": "-12.5",
    "day": DAY,
    "moment": MOMENT,
    "always": MOMENT,
    "exact": MOMENT,
    "own": MOMENT,
    "link": "https://www.example.com/a/long/path",
    "email": "ana@example.com",
    "status": "open",
    "tags": ["hardware", "urgent", "floor 3", "again", "fire"],
    "yes": True,
    "score": 62,
}
RIGHT_TO_LEFT = {
    "text": "הדפסת בקומה 3 עולה באש (שוב)",
    "status": "مفتوح",
    "tags": ["حرائق", "abc שלום 123"],
    "email": "ana@example.com",
    "link": "/records/שלום",
    "yes": False,
    "score": 5,
}
LONG_ROW = {
    "text": LONG,
    "status": "a status of many words, as nobody should give one",
    "tags": ["Donaudampfschifffahrtsgesellschaftskapitänsmütze", "x" * 90, "short"],
    "link": "https://" + "a-very-long-name." * 6 + "example/" + "path/" * 30,
    "email": "somebody.with.a.very.long.name@department.of.long.names.example.com",
    "number": 123456789012345,
    "fee": "123456789012345678.99",
}
UNBROKEN = {"text": "x" * 500, "link": "ftp://old.example/file"}
WORDS = [
    "new", "open", "waiting", "closed", "urgent", "high", "paid", "draft", "in progress", "on hold", "lost",
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "one", "two",
]  # fmt: skip


@page("Test types", access="public", hidden=True)
def test_types(request: PageRequest) -> ui.Page:
    odd: dict[str, Any] = {column.key: "does not fit" for column in FITTING if column.type != "text"}
    odd |= {"text": {"a": [1, None]}, "status": ["x"], "tags": [1], "score": 101}
    rows = [FULL, {}, odd, RIGHT_TO_LEFT, LONG_ROW, UNBROKEN, *({"status": word} for word in WORDS)]
    return ui.Page([ui.Table(rows, columns=FITTING, page_size=100, key="types", label="Types")])


# Hostile texts ----------------------------------------------------------------------------------------------

HOSTILE_COLUMNS = [
    Column("text"),
    Column("number", type="number"),
    Column("currency", type="currency", format="EUR"),
    Column("date", type="date"),
    Column("link", type="link"),
    Column("email", type="email"),
    Column("file", type="file"),
    Column("status", type="status"),
    Column("tags", type="tags"),
    Column("boolean", type="boolean"),
    Column("score", type="score"),
]

# Not strict, and so it holds what no column would let in, as a table that was filled by others may.
hostile = collection(
    "test_hostile", columns=HOSTILE_COLUMNS, access="public", strict=False, history=False, editable=False
)


def hostile_document(text: str) -> dict[str, Any]:
    """A document with this text in a column of every type."""
    shaped: dict[str, Any] = {"file": {"_type": "file", "label": text}, "tags": [text, text + "2"]}
    return {column.key: shaped.get(column.key, text) for column in HOSTILE_COLUMNS}


def stored_document(text: str) -> dict[str, Any]:
    """The same as a collection takes it: a file is none that a text makes up."""
    return {key: value for key, value in hostile_document(text).items() if key != "file"}


@page("Test hostile", access="public", hidden=True)
def test_hostile(request: PageRequest) -> ui.Page:
    rows = [hostile_document(text) for text in HOSTILE]
    return ui.Page([ui.Table(rows, columns=HOSTILE_COLUMNS, key="hostile", label="Hostile")])
