"""Documents as strangers send them: by chance, the same for the same seed, most of them wrong.

Each is a value for Python and, where JSON can say it, the bytes that say it.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tests.bad_input import BODIES, KEYS, NUMBERS, TEXTS

__all__ = ["JSON", "Sent", "Stranger", "circle", "deep"]

JSON: Final = "application/json"

# For each type what fits, and what nearly does.
FITTING: Final[dict[str, list[Any]]] = {
    "text": ["Printer", "", 5, 1.5, "é" * 600, "a\nb", 10**20, "x" * 3000],
    "number": [0, -0.0, 7, "1204.50", 2**53 - 1, 1e300, 5e-324, "1e3", 1e17, None],
    "currency": ["10.50", 12, 10**29, "1e3", "-0.00", 0.1, "9" * 30, None],
    "date": ["2026-11-23", "2026-11-23T10:00Z", "2026-11-23 10:00:00,5+02:00", "", None],
    "link": ["https://example.com/a", "/path", "mailto:a@b.example", "ftp://x.example/y", None],
    "email": ["ana@example.com", " ana@example.com ", "", None],
    "file": [None, "", None],  # a value alone proves nothing
    "Kind": ["a", "b", " a ", "", None],
    "tags": ["red, green", ["red", "red"], [], [1, "x"], ",", None],
    "boolean": [True, False, "yes", "0", 1, 0, "", None],
    "score": [0, 100, "55", 55.5, None],
    "owner": ["user:1", "org:1", "app", None],
}
CLOSE: Final[dict[str, list[Any]]] = {
    "text": [True, [], {}, ["a"], {"a": 1}],
    "number": [
        True,
        False,
        "1,5",
        "0x10",
        "1_000",
        "٣",
        2**53,
        -(2**63),
        10**400,
        [1],
        {"$inc": 1},
        "0.1" * 200,
    ],
    "currency": [True, "9" * 31, "1e40", "1e999", "€5", "NaN", [], {}, 10**400, 1e200],
    "date": ["2026-02-30", "2026-13-01", "0000-01-01", "0999-12-31", "2026-11-23T10:00", "10000-01-01"],
    "link": [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://a@b/",
        "x" * 3000,
        {},
        True,
    ],
    "email": ["nobody", "a@b", "a b@example.com", "x" * 300 + "@example.com", ["a@example.com"], True],
    "file": [
        "a.pdf",
        {"label": "x"},
        {"_type": "file", "label": "a.pdf"},
        {"_type": "file", "id": "0" * 32, "label": "a.pdf", "size": 3, "type": "text/plain"},
        {"_type": "file", "id": "x" * 32, "label": "a.pdf", "size": 3, "type": "text/plain"},
        {"_type": "file", "label": "x" * 300},
        [],
        {"_type": "file", "label": {}},
    ],
    "Kind": ["c", "A", True, 1, ["a"], {"a": 1}, "a" * 200],
    "tags": [5, True, {"a": 1}, ["a,b"], ["x" * 101], [f"t{n}" for n in range(201)], [["a"]], [None], [True]],
    "boolean": ["maybe", 2, 0.5, [], {}, "truee", 10**30],
    "score": [-1, 101, "many", True, [], 1e9],
    "owner": [True, [], {"$ne": None}],
}
CLOSE["date"] += ["yesterday", 5, True, [], "2026-11-23T25:00Z", "2026-W01-1", "9999-12-31T23:59-14:00"]


def deep(levels: int, kind: type = dict) -> Any:
    """Objects, or lists, within each other."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if kind is dict else [value]
    return value


def circle() -> dict[str, Any]:
    """An object within itself."""
    itself: dict[str, Any] = {}
    itself["a"] = itself
    return itself


_FEW = {kind: text for kind, text in TEXTS.items() if kind != "1 MB"}
STRANGE: Final[list[Any]] = [
    *_FEW.values(), *(text for text in NUMBERS.values() if len(text) < 100),
    float("nan"), float("inf"), -float("inf"), -0.0, 1e308, 2**53, -(2**53), 2**63, 2**64, 10**400,
    True, False, None, [], {}, [None], {"": 1}, ["\ud800"], {"\ud800": 1}, {"a\0": 1}, [["\0"]],
    {"$gt": ""}, {"$inc": 1}, {"a.b": {"$set": 1}}, {"__proto__": {"x": 1}}, {"a": {"b": [float("nan")]}},
    deep(31), deep(32), deep(33), deep(200, list), {f"k{at}": at for at in range(1001)}, [0] * 1001,
    {"e\u0301": 1, "é": 2}, {"k" * 600: 1}, {"é" * 600: 1},
]  # fmt: skip

ODD_KEYS: Final[list[str]] = [
    *KEYS.values(),
    *("0", "-1", "9" * 30, "a b", "[0]", "*", "ключ", "e\u0301", "Kind".replace("K", "\u212a"), "\u212aind"),
    *(
        "x" * 400,
        "é" * 501,
        "data",
        "public_id",
        "NULL",
        "id",
        "🙂",
        "a\nb",
        "\\",
        "meta.plan.x",
        ".",
        "a.",
        "toString",
    ),
]
# What decides whose a document is, or what a row says of itself.
RESERVED: list[str] = [
    *(
        "_id",
        "id",
        "_version",
        "version",
        "owner",
        "_owner",
        "owner_id",
        "org",
        "organization",
        "organization_id",
    ),
    *(
        "user",
        "_user_id",
        "user_id",
        "scope",
        "scope_key",
        "_scope_key",
        "session",
        "created_by",
        "_created_at",
    ),
    *(
        "updated_at",
        "public_id",
        "collection",
        "data",
        "is_staff",
        "__class__",
        "__proto__",
        "constructor",
        "pk",
    ),
]
RESERVED += [f"{name}.x" for name in ("_id", "owner", "scope_key", "data")]
RESERVED += [f"$.{name}" for name in ("_id", "scope_key")]
RESERVED += ["$set", "$inc", "$rename", "$unset", "$where", "$", "_id\u200b", "data.scope_key"]

PYTHON_ONLY: Final[list[Any]] = [
    Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e9999"), Decimal("0.1"),
    Decimal("1." + "1" * 60),
    b"a", b"\xff", {1, 2}, {"a", "b"}, object(), 1j, Ellipsis, int, len, UUID(int=1), 10**5000, -(10**5000),
    dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.timedelta(1),
    dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))), dt.time(1), range(5), iter([1]),
    deep(10_000), deep(10_000, list), circle(), {1: 2}, {None: 1}, {("a", 1): 2}, {b"a": 1},
    {10**5000: 1}, (1, "a"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that a stranger sends: ``document`` to Python, ``raw`` to what reads bytes.

    Without ``raw`` JSON cannot say it; with ``only_raw`` no value of Python's means the same.
    """

    kind: str
    document: Any
    raw: bytes | None
    only_raw: bool = False
    content_type: str = JSON


class Stranger:
    """Makes what is sent."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def sends(self) -> Sent:
        """The next thing."""
        kinds = (self.columns, self.other_keys, self.reserved, self.whole, self.broken, self.python)
        return self.chance.choices(kinds, weights=(46, 16, 14, 4, 12, 8))[0]()

    def columns(self) -> Sent:
        """Declared columns alone, with values that fit, nearly fit, or are nothing of the kind."""
        keys = self.chance.sample(list(FITTING), self.chance.choice([1, 1, 1, 2, 3]))
        return self._as_json("columns", {key: self._value(key) for key in keys})

    def other_keys(self) -> Sent:
        """Keys that nobody has declared."""
        keys = self.chance.sample(ODD_KEYS, self.chance.choice([1, 1, 2]))
        document = {key: self._any() for key in keys}
        if self.chance.random() < 0.5:
            document["text"] = "Beside them"
        return self._as_json("other keys", document)

    def reserved(self) -> Sent:
        """A name that decides something elsewhere, with a value, null, an object or an operator."""
        name = self.chance.choice(RESERVED)
        value = self.chance.choice(["user:1", "org:1", None, 1, {"x": 1}, {"$set": "app"}, ["app"], True, ""])
        return self._as_json("reserved", {"text": "Mine", name: value})

    def whole(self) -> Sent:
        """No object at all, or too much of one."""
        if self.chance.random() < 0.05:
            return self._as_json("whole", {"text": "x" * 1_100_000})
        return self._as_json(
            "whole", self.chance.choice([[], [{}], "text", 5, None, True, 1.5, [["text", "a"]], {}])
        )

    def broken(self) -> Sent:
        """What is no JSON, or JSON that no value of Python's says, or says that it is something else."""
        sound = b'{"text": "a", "number": 1}'
        raw = self.chance.choice(
            [
                *BODIES.values(), *RAW,
                sound[: self.chance.randrange(len(sound))],
                bytes(self.chance.randrange(256) for _ in range(self.chance.randrange(1, 30))),
                self._changed(sound),
            ]
        )  # fmt: skip
        if self.chance.random() < 0.15:
            return Sent("content type", None, sound, True, self.chance.choice(CONTENT_TYPES))
        return Sent("bytes", None, raw, only_raw=True)

    def python(self) -> Sent:
        """What only Python can say."""
        key = self.chance.choice([*FITTING, "other"])
        document: Any = {key: self.chance.choice(PYTHON_ONLY)}
        if self.chance.random() < 0.1:
            document = self.chance.choice(
                [{1: "a"}, {None: 1}, {("a",): 1}, {b"x" * 10_000: 1}, {10**5000: 1}, circle()]
            )
        return Sent("python", document, None)

    def _value(self, key: str) -> Any:
        which = self.chance.random()
        if which < 0.5:
            return self.chance.choice(FITTING[key])
        return self.chance.choice(CLOSE[key]) if which < 0.75 else self._any()

    def _any(self) -> Any:
        return TEXTS["1 MB"] if self.chance.random() < 0.001 else self.chance.choice(STRANGE)

    def _as_json(self, kind: str, document: Any) -> Sent:
        plain = self.chance.random() < 0.7  # as most programs write it: escaped
        text = json.dumps(document, ensure_ascii=plain)
        if "Infinity" in text and self.chance.random() < 0.5:
            text = re.sub(r"(?<=[\[ ])(-?)Infinity(?=[],}])", r"\g<1>1e999", text)
        return Sent(kind, document, text.encode("utf-8", "surrogatepass"))

    def _changed(self, sound: bytes) -> bytes:
        at = self.chance.randrange(len(sound))
        return sound[:at] + bytes([self.chance.randrange(256)]) + sound[at + 1 :]


RAW: Final[list[bytes]] = [
    b'{"text": "a", "text": "b"}', b'{"owner": null, "owner": "app"}', b'{"other": {"a": 1, "a": 2}}',
    b'{"number": 1e999}', b'{"number": -1e999}', b'{"number": ' + b"9" * 5000 + b"}", b'{"number": 01}',
    b'{"number": +1}', b'{"number": .5}', b'{"text": \'a\'}', b'{"text": "\\u0000"}', b'{"text": "\\ud800"}',
    b'{"text": "\\x"}', b'{"text": "a\nb"}', b"{'text': 1}", b'{"text": "a",}', b'{"text": "a"} {}',
    b"// {}\n{}",
    b'{"text": undefined}', b'\x00{"text": "a"}', b'{"text": "a"}\x00', b'{"text": "\xed\xa0\x80"}',
    b"\xc3\x28",
    '{"text": "a"}'.encode("utf-32"), b'{"tags": ' + b"[" * 100_000, b'{"text": "' + b"x" * 1_100_000 + b'"}',
]  # fmt: skip
CONTENT_TYPES: Final[list[str]] = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/csv", "", "application/json; charset=utf-16", "application/xml", "nonsense",
]  # fmt: skip
