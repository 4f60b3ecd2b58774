"""What strangers send: the kinds of bad input that every door is tried with, by name.

A kind that one door refuses is another's plain text: each suite says what fits there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client

from settings_app.snapshots import process_memory

__all__ = ["BODIES", "FORM", "KEYS", "NUMBERS", "PAGES", "TEXTS", "VALUES", "alone", "encoded", "post_form"]

FORM: Final = "application/x-www-form-urlencoded"

TEXTS: Final[dict[str, str]] = {
    "empty": "",
    "whitespace": " \t\u00a0\u2003 ",
    "1 MB": "x" * 1_000_000,
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "bidi": "a\u202eb\u2066c\u2069",
    "CRLF": "a\r\nSet-Cookie: stolen=1",
    "BOM": "\ufeffa",
    "html": '"><script>alert(1)</script>',
    "javascript link": "javascript:alert(1)",
    "template": "{{ 7*7 }}{% load x %}%(name)s",
    "sql": "'; DROP TABLE collections_app_document; --",
    "prototype": "__proto__",
    "formula =": "=cmd|' /C calc'!A0",
    "formula +": "+1+1",
    "formula @": "@SUM(A1)",
    "astral": "\U0001f600" * 50,
    "list": "[1]",
    "object": '{"$gt": ""}',
    "regular expression": "(a+)+$",
}

NUMBERS: Final[dict[str, str]] = {
    "word": "many",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "past 64 bits": str(2**64),
    "far past 64 bits": "9" * 5000,
    "past double": "1e999",
    "more digits than a double": "0." + "1" * 60,
    "underscore": "1_000",
    "hexadecimal": "0x10",
    "other digits": "\u0663\uff15",
    "comma": "1,5",
}

PAGES: Final[dict[str, str]] = {
    "page 0": "0",
    "page -1": "-1",
    "page 1e9": "1e9",
    "page 1000000000": str(10**9),
}

KEYS: Final[dict[str, str]] = {
    "empty key": "",
    "dot": "a.b",
    "dollar": "$set",
    "single quote": "a'b",
    "double quote": 'a"b',
    "percent": "100%s",
    "prototype key": "__proto__",
    "dunder": "__class__",
    "lookup": "scope__key",
    "html key": "<script>",
    "NUL key": "a\0",
    "bidi key": "\u202ea",
    "surrogate key": "\ud800",
}

# As JSON has them: what a program may send where a value is wanted.
VALUES: Final[dict[str, bytes]] = {
    **{f"text: {kind}": json.dumps(text).encode() for kind, text in TEXTS.items()},
    **{f"number: {kind}": text.encode() for kind, text in NUMBERS.items()},
    "null": b"null",
    "list": b"[20]",
    "object": b'{"$gt": 1}',
    "nested 10,000 deep": b"[" * 10_000 + b"]" * 10_000,
    "10,000 keys": json.dumps({f"k{at}": 1 for at in range(10_000)}).encode(),
    **{f"key: {kind}": json.dumps({key: 1}).encode() for kind, key in KEYS.items()},
}

# Whole bodies, none of which is a sound JSON object with a key "value" alone.
BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "cut short": b'{"value": ',
    "a number": b"20",
    "a list": b"[]",
    "another key": b'{"valeur": 20}',
    "duplicate keys": b'{"value": 20, "value": 22}',
    "prototype": b'{"__proto__": {"value": 20}}',
    "BOM": b'\xef\xbb\xbf{"value": 20}',
    "UTF-16": '{"value": 20}'.encode("utf-16"),
    "not UTF-8": b'{"value": "\xff"}',
    "nested 10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 keys": json.dumps({f"k{at}": 1 for at in range(10_000)}).encode(),
    "a form": b"value=20",
}


@contextmanager
def alone(kind: str) -> Iterator[None]:
    """One of many kinds in one test: what it wrote is taken back, and it is named where it fails."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    except BaseException as error:
        error.add_note(f"The kind of bad input: {kind}")
        raise
    finally:
        process_memory.clear()


def encoded(fields: Mapping[str, str]) -> str:
    """As a query or a form's body; half a character as the three bytes that no UTF-8 has."""
    return urlencode([(_bytes(name), _bytes(text)) for name, text in fields.items()])


def post_form(client: Client, path: str, fields: Mapping[str, str], **headers: str) -> Any:
    """POST a form, also one that Django's client cannot write."""
    return client.generic("POST", path, encoded(fields), content_type=FORM, headers=headers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
