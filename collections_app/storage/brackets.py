"""A statement's tokens, nested as its brackets are: as much of SQL as has to be understood here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "TABLE",
    "Group",
    "Unreadable",
    "Word",
    "flat",
    "grouped",
    "is_mark",
    "items",
    "mentions",
    "place",
    "split",
    "until",
]

TABLE = re.compile(r"(?:capsule_c_\w+|capsule_history|capsule_columns)\Z", re.IGNORECASE)

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | %s | %% | [^\W\d]\w* | \d[\w.]* | \s+ | .""",
    re.VERBOSE | re.DOTALL,
)


class Unreadable(Exception):
    """A statement of which nobody can say that it is scoped; the text says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """A token: a keyword in capitals, a quoted identifier without its quotes, or a parameter's number."""

    text: str
    kind: str  # "word", "name", "string", "parameter", "mark"
    number: int = -1


Group = list["Word | Group"]


def grouped(sql: str) -> Group:
    """The statement's tokens, nested as its brackets are."""
    stack: list[Group] = [[]]
    parameters = 0
    for found in _TOKEN.finditer(sql):
        token = found[0]
        if token.isspace() or token.startswith(("--", "/*")):
            continue
        if token == "(":
            stack.append([])
        elif token == ")":
            inner = stack.pop()
            if not stack:
                raise Unreadable("its brackets do not match")
            stack[-1].append(inner)
        elif token == "%s":
            stack[-1].append(Word(token, "parameter", parameters))
            parameters += 1
        elif token[0] == '"':
            name = token[1:-1].replace('""', '"')
            stack[-1].append(Word(name.lower() if TABLE.match(name) else name, "name"))
        elif token[0] == "'":
            stack[-1].append(Word(token, "string"))
        elif token[0].isalpha() or token[0] == "_":
            plain = token.lower() if TABLE.match(token) or token.lower() == "scope_key" else token.upper()
            stack[-1].append(Word(plain, "word"))
        else:
            stack[-1].append(Word(token, "mark"))
    if len(stack) != 1:
        raise Unreadable("its brackets do not match")
    return stack[0]


def split(group: Group, words: set[str]) -> list[Group]:
    parts: list[Group] = [[]]
    for item in group:
        if isinstance(item, Word) and item.kind in ("word", "mark") and item.text in words:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def items(group: object) -> list[Group]:
    return split(group, {","}) if isinstance(group, list) else []


def place(group: Group, word: str) -> int | None:
    for at, item in enumerate(group):
        if isinstance(item, Word) and item.kind == "word" and item.text == word:
            return at
    return None


def until(group: Group, words: set[str]) -> Group:
    for at, item in enumerate(group):
        if isinstance(item, Word) and item.kind == "word" and item.text in words:
            return group[:at]
    return group


def flat(group: Group) -> Iterator[Word]:
    for item in group:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item


def mentions(group: Group, text: str) -> bool:
    return any(word.text == text for word in flat(group))


def is_mark(group: Group, at: int, mark: str) -> bool:
    item = group[at] if 0 <= at < len(group) else None
    return isinstance(item, Word) and item.kind == "mark" and item.text == mark
