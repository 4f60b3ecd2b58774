"""Random documents, filters and orders that both a MongoDB and our collections understand.

What we mean differently on purpose is left out here, and has a test of its own (``test_mongo_semantics.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

__all__ = ["Cases"]

KEYS = ("a", "b", "c")  # any value
SCALARS = ("s", "t")  # a value that both order alike
PATHS = (*KEYS, *SCALARS, "o.x", "o.in.x", "o.in.y")
WORDS = ("", "a", "b", "ab", "B", "é", "zz top", "a.b", "10")
# Not 0 and 1: the third party takes them for False and True, as Python does.
NUMBERS = (2, 3, -1, 1.5, 2.0, -0.5, 10, 1000000)
KINDS = ("bool", "number", "string", "array", "object")
PATTERNS = ("a", "^a", "b$", "a|B", "[a-c]", "z+", "t.p", "^$", "")


@dataclass(frozen=True)
class Cases:
    """Makes cases from one source of chance, so that a case is named by its seed."""

    random: Random

    # Documents ----------------------------------------------------------------------------------------

    def documents(self, count: int) -> list[dict[str, Any]]:
        """Documents with any kind of value, some keys missing, each numbered by ``n``."""
        return [self._document(number) for number in range(count)]

    def _document(self, number: int) -> dict[str, Any]:
        document: dict[str, Any] = {"n": number}
        for key in KEYS:
            if self.random.random() < 0.8:
                document[key] = self.value(2)
        for key in SCALARS:
            if self.random.random() < 0.8:
                document[key] = self.scalar()
        if self.random.random() < 0.7:
            document["o"] = self._object()
        if self.random.random() < 0.5:
            document["items"] = [self._item() for _ in range(self.random.randrange(4))]
        return document

    def _object(self) -> dict[str, Any]:
        inner = {key: self.value(1) for key in ("x", "y") if self.random.random() < 0.7}
        return {**({"x": self.value(1)} if self.random.random() < 0.7 else {}), "in": inner}

    def _item(self) -> dict[str, Any]:
        return {key: self.scalar() for key in ("p", "q") if self.random.random() < 0.8}

    def scalar(self) -> Any:
        return self.random.choice(
            [None, self.random.choice([True, False]), self.random.choice(NUMBERS), self.random.choice(WORDS)]
        )

    def value(self, levels: int) -> Any:
        """A scalar, an array of scalars or an object."""
        chance = self.random.random()
        if chance < 0.65 or not levels:
            return self.scalar()
        if chance < 0.85:
            return [self.scalar() for _ in range(self.random.randrange(4))]
        return {key: self.value(levels - 1) for key in ("x", "y") if self.random.random() < 0.7}

    # Filters ------------------------------------------------------------------------------------------

    def filter(self, levels: int = 2) -> dict[str, Any]:
        """A filter of one to three clauses."""
        found: dict[str, Any] = {}
        for _ in range(self.random.randrange(1, 3)):
            if levels and self.random.random() < 0.25:
                group = self.random.choice(["$and", "$or", "$nor"])
                found[group] = [self.filter(levels - 1) for _ in range(self.random.randrange(1, 3))]
            elif self.random.random() < 0.12:
                found["items"] = self._of_items()
            else:
                found[self.random.choice(PATHS)] = self._clause(levels)
        return found

    def _clause(self, levels: int) -> Any:
        if self.random.random() < 0.3:
            return self.operand()
        clause: dict[str, Any] = {}
        for _ in range(self.random.randrange(1, 3)):
            name = self.random.choice([*_OPERANDS, "$not"] if levels else list(_OPERANDS))
            clause[name] = self._clause_of_operators(levels) if name == "$not" else _OPERANDS[name](self)
        return clause

    def _clause_of_operators(self, levels: int) -> dict[str, Any]:
        name = self.random.choice(list(_OPERANDS))
        return {name: _OPERANDS[name](self)}

    def _of_items(self) -> dict[str, Any]:
        name = self.random.choice(["$eq", "$gt", "$gte", "$lt", "$lte", "$ne", "$in"])
        key = self.random.choice(["p", "q"])
        return {
            "$elemMatch": {key: {name: _OPERANDS[name](self)}, **({"q": self.scalar()} if key == "p" else {})}
        }

    def operand(self) -> Any:
        value = self.value(1)
        return "b" if value == {} else value  # which the third party takes for no condition at all

    def comparable(self) -> Any:
        return self.random.choice([self.random.choice(NUMBERS), self.random.choice(WORDS)])

    def scalars(self) -> list[Any]:
        return [self.scalar() for _ in range(self.random.randrange(4))]

    # Orders -------------------------------------------------------------------------------------------

    def sort(self) -> dict[str, int]:
        """An order of up to two keys."""
        keys = self.random.sample(SCALARS, self.random.randrange(3))
        return {key: self.random.choice([1, -1]) for key in keys}


_OPERANDS: dict[str, Any] = {
    "$eq": Cases.operand,
    "$ne": Cases.operand,
    "$gt": Cases.comparable,
    "$gte": Cases.comparable,
    "$lt": Cases.comparable,
    "$lte": Cases.comparable,
    "$in": Cases.scalars,
    "$nin": Cases.scalars,
    "$exists": lambda cases: cases.random.choice([True, False]),
    "$size": lambda cases: 3,
    "$all": lambda cases: [cases.comparable() for _ in range(cases.random.randrange(1, 4))],
    "$regex": lambda cases: cases.random.choice(PATTERNS),
    "$type": lambda cases: cases.random.choice(KINDS),
    "$elemMatch": lambda cases: {cases.random.choice(["$gt", "$lt", "$gte"]): cases.comparable()},
}
