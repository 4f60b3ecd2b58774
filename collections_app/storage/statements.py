"""What a statement says about scopes, read from its text: which of its parameters have to be scope keys.

No grammar of SQL, only as much as decides: brackets nest; each SELECT, UPDATE or DELETE that names a table
of the store has a WHERE of its own, and one of the conditions that stand there outermost, joined by AND, is
``scope_key = <parameter>`` for that very table. Whatever is not understood counts as unscoped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from collections_app.storage.brackets import (
    TABLE,
    Group,
    Unreadable,
    Word,
    flat,
    grouped,
    is_mark,
    items,
    mentions,
    place,
    split,
    until,
)
from collections_app.storage.managers import EveryScope

__all__ = ["Claim", "claim_of"]


# A long INSERT repeats one bracket of values.
_ROWS = re.compile(
    r"(\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[^()']*\([^()']*\)\s*VALUES\s*)(\((?:[^()']|\([^()']*\))*\))"
    r"((?:,\s*\2)+)(\s*(?:(?:ON|RETURNING)\s.*)?)",
    re.IGNORECASE | re.DOTALL,
)
CACHED_LENGTH = 8_000  # characters: longer statements are rare, and would fill the memory

_CHANGES_TABLES = {"CREATE", "ALTER", "DROP", "TRUNCATE", "ANALYZE", "VACUUM", "REINDEX", "PRAGMA", "COMMENT"}
_SET_OPERATIONS = {"UNION", "INTERSECT", "EXCEPT"}
_ENDS_WHERE = {"GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "RETURNING", "ON"}
_NO_ALIAS = {"SET", "WHERE", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "USING", "INDEXED"}
_NO_ALIAS |= {"NOT", "VALUES", "DEFAULT", "SELECT", "TABLESAMPLE", *_ENDS_WHERE, *_SET_OPERATIONS}


@dataclass(frozen=True, slots=True)
class Claim:
    """Which of a statement's parameters are scope keys, or what is wrong with it.

    With ``width``: an INSERT of ``rows`` rows, each of so many parameters; ``keys`` are of the first.
    """

    keys: tuple[int, ...] = ()
    problem: str = ""
    rows: int = 1
    width: int = 0

    def parameters(self) -> Iterator[int]:
        """The numbers of the parameters that are scope keys."""
        for row in range(self.rows):
            yield from (row * self.width + key for key in self.keys)


def claim_of(sql: str) -> Claim:
    """What ``sql`` claims. A statement without a table of the store claims nothing, and has no problem."""
    return _read_once(sql) if len(sql) <= CACHED_LENGTH else _read(sql)


def _read(sql: str) -> Claim:
    rows = _ROWS.fullmatch(sql)
    if rows is not None:
        sql = rows[1] + rows[2] + rows[4]
    try:
        keys = _Reading(sql).read()
    except Unreadable as problem:
        return Claim(problem=str(problem))
    if rows is None:
        return Claim(tuple(keys))
    return Claim(tuple(keys), rows=1 + rows[3].count(rows[2]), width=rows[2].count("%s"))


_read_once = lru_cache(maxsize=2048)(_read)


class _Reading:
    def __init__(self, sql: str) -> None:
        self.keys: list[int] = []
        self.whole = grouped(sql)

    def read(self) -> list[int]:
        first = next((word.text for word in self.whole if isinstance(word, Word)), "")
        if first not in _CHANGES_TABLES or mentions(self.whole, "SELECT"):
            self._level(self.whole)
        return self.keys

    def _level(self, group: Group) -> None:
        """One bracket: its statements, then the brackets inside."""
        parts = split(group, _SET_OPERATIONS)
        if len(parts) > 1 and place(parts[0], "INTO") is not None:
            raise Unreadable("rows are inserted from more than one SELECT")
        for part in parts:
            self._statement(part)
        for inner in group:
            if isinstance(inner, list):
                self._level(inner)

    def _statement(self, part: Group) -> None:
        tables = list(_tables(part))
        if not tables:
            return
        at = place(part, "INTO")
        if at is not None and tables[0][0] == at + 1:
            self._insert(part, at + 1)
            tables = tables[1:]
        elif place(part, "UPDATE") is not None and place(part, "SET") is not None:
            self._assignments(part)
        where = _where(part)
        for _at, name in tables:
            self._condition(where, name, alone=len(tables) == 1)

    def _condition(self, where: Group, name: str, alone: bool) -> None:
        for condition in _conjuncts(where):
            words = [word for word in condition if isinstance(word, Word)]
            texts = [word.text for word in words]
            if " ".join(texts) == EveryScope.SQL:
                return
            qualified = texts[:3] == [name, ".", "scope_key"]
            if not qualified and not (alone and texts[:1] == ["scope_key"]):
                continue
            keys = _compared(condition[3 if qualified else 1 :])
            if keys:
                self.keys += keys
                return
        raise Unreadable(f"no outermost condition compares the scope_key of {name} with a parameter")

    def _insert(self, part: Group, at: int) -> None:
        columns = part[at + 1] if len(part) > at + 1 else None
        names = [item[0].text if item and isinstance(item[0], Word) else "" for item in items(columns)]
        if "scope_key" not in names:
            raise Unreadable("rows are inserted without a scope_key")
        column = names.index("scope_key")
        source = part[at + 2 :]
        self._conflict(source)
        for values in _rows_of(source):
            key = items(values)[column] if len(items(values)) == len(names) else []
            number = next((word.number for word in flat(key) if word.kind == "parameter"), None)
            if number is None or not _is_only_a_parameter(key):
                raise Unreadable("a row is inserted whose scope_key is no parameter")
            self.keys.append(number)

    def _conflict(self, source: Group) -> None:
        at = place(source, "CONFLICT")
        if at is None or place(source, "UPDATE") is None:
            return
        target = source[at + 1]
        if not isinstance(target, list) or not mentions(target, "scope_key"):
            raise Unreadable("the row that is in the way of an insert could be of another scope")

    def _assignments(self, part: Group) -> None:
        begin = place(part, "SET")
        assert begin is not None
        for item in items(until(part[begin + 1 :], {"WHERE", "FROM", "RETURNING"})):
            if item and isinstance(item[0], Word) and item[0].text == "scope_key":
                keys = _compared(item[1:])
                if not keys:
                    raise Unreadable("scope_key is set to something that is no parameter")
                self.keys += keys


def _tables(part: Group) -> Iterator[tuple[int, str]]:
    """Where a table of the store stands (not one of its columns), and what it is called there."""
    for at, item in enumerate(part):
        if not (isinstance(item, Word) and item.kind in ("word", "name") and TABLE.match(item.text)):
            continue
        if is_mark(part, at + 1, "."):
            continue
        following = part[at + 1 : at + 3]
        if following and isinstance(following[0], Word) and following[0].text == "AS":
            following = following[1:]
        alias = following[0] if following else None
        named = isinstance(alias, Word) and (
            alias.kind == "name" or (alias.kind == "word" and alias.text not in _NO_ALIAS)
        )
        yield at, alias.text if named and isinstance(alias, Word) else item.text


def _where(part: Group) -> Group:
    at = place(part, "WHERE")
    return [] if at is None else until(part[at + 1 :], _ENDS_WHERE)


def _conjuncts(where: Group) -> Iterator[Group]:
    """The conditions that all must hold. Of a WHERE with an OR at its outermost: none."""
    parts: list[Group] = [[]]
    cases = betweens = 0  # whose AND and OR join no conditions of the WHERE
    for item in where:
        word = item.text if isinstance(item, Word) and item.kind == "word" else ""
        cases += (word == "CASE") - (word == "END")
        betweens += word == "BETWEEN"
        if word == "OR" and not cases:
            return
        if word != "AND" or cases:
            parts[-1].append(item)
        elif betweens:
            betweens -= 1
        else:
            parts.append([])
    for part in parts:
        if len(part) == 1 and isinstance(part[0], list):
            yield from _conjuncts(part[0])
        else:
            yield part


def _compared(rest: Group) -> list[int]:
    """The parameters on the right of ``= %s`` or ``IN (%s, %s)``; of anything else none."""
    if len(rest) == 2 and isinstance(rest[0], Word) and isinstance(rest[1], list):
        if rest[0].text == "IN" and all(_is_only_a_parameter(item) for item in items(rest[1])):
            return [word.number for word in flat(rest[1]) if word.kind == "parameter"]
        return []
    if rest and is_mark(rest, 0, "=") and _is_only_a_parameter(rest[1:]):
        return [word.number for word in flat(rest[1:2])]
    return []


def _is_only_a_parameter(group: Group) -> bool:
    """``%s``, or ``%s::text`` and the like, or that in brackets of its own."""
    first = group[0] if group else None
    if isinstance(first, list):
        return _is_only_a_parameter(first) and _is_a_cast(group[1:])
    return first is not None and first.kind == "parameter" and _is_a_cast(group[1:])


def _is_a_cast(rest: Group) -> bool:
    texts = [item.text if isinstance(item, Word) else "()" for item in rest]
    return not texts or (texts[:2] == [":", ":"] and all(text not in ("AND", "OR", "=") for text in texts))


def _rows_of(source: Group) -> list[Group]:
    """The brackets after VALUES, the arrays of ``SELECT * FROM UNNEST(...)``, one for each column, or what a
    SELECT lists."""
    values = place(source, "VALUES")
    if values is not None:
        rows = until(source[values + 1 :], {"ON", "RETURNING"})
        return [item for item in rows if isinstance(item, list)]
    unnest = place(source, "UNNEST")
    if unnest is not None and isinstance(source[unnest + 1], list) and _is_whole_unnest(source[: unnest + 1]):
        return [source[unnest + 1]]  # type: ignore[list-item]
    if place(source, "SELECT") == 0:
        return [until(source[1:], {"FROM"})]
    raise Unreadable("rows are inserted from what cannot be read here")


def _is_whole_unnest(source: Group) -> bool:
    return [word.text for word in flat(source)] == ["SELECT", "*", "FROM", "UNNEST"]
