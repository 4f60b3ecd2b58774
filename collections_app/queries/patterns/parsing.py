"""The text of a pattern -> its nodes: the one subset that every engine here gives one meaning.

    alternatives = sequence { "|" sequence }
    sequence     = { part [ quantifier ] }
    quantifier   = ( "*" | "+" | "?" | "{m}" | "{m,}" | "{m,n}" ) [ "?" ]
    part         = "^" | "$" | "." | class | group | "\\" escape | any other character
    group        = "(" [ "?:" ] alternatives ")"
    class        = "[" [ "^" ] { character [ "-" character ] | "\\" escape } "]"

What is not in it is refused with its name and position, and so is what the engines read differently: a
brace that quantifies nothing, a hyphen amid a class.
"""

from __future__ import annotations

import re
from typing import NoReturn

from capsule.errors import CapsuleError
from collections_app.queries.patterns.characters import (
    CLASSES,
    NEWLINE,
    Ranges,
    in_both_cases,
    inverted,
    joined,
)
from collections_app.queries.patterns.nodes import (
    EMPTY,
    Alternatives,
    Assertion,
    Characters,
    Node,
    Place,
    Repeat,
    Sequence,
    has_no_length,
    may_be_empty,
    size,
)

__all__ = ["InvalidPattern", "parse"]

MAX_LENGTH = 200
MAX_GROUPS = 20  # inside each other
MAX_COUNT = 255  # PostgreSQL's
MAX_SIZE = 300  # with which the worst take RE2 60 ms for 10 kB
LEGAL = (
    "Legal: characters, [a-z] [^a-z] . ^ $ | ( ) (?: ) * + ? {m} {m,} {m,n}, "
    "\\d \\w \\s \\b \\D \\W \\S \\B \\n \\r \\t, and a backslash before punctuation."
)

_PLACES: dict[str, Place] = {"^": "start", "$": "end", "b": "word edge", "B": "no word edge"}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_COUNTS = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}")
_WORDS = {  # what other dialects have and this subset has not, by how it begins
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<=": "look-behind",
    "(?<!": "look-behind",
    "(?P<": "a named group",
    "(?<": "a named group",
    "(?P=": "a back-reference",
    "(?P>": "a recursion",
    "(?R": "a recursion",
    "(?#": "a comment",
    "(?>": "an atomic group",
    "(?(": "a condition",
    "(?|": "a branch reset",
    "(*": "a verb",
    "(?": "an inline flag",
    "\\p": "a Unicode property",
    "\\P": "a Unicode property",
    "\\k": "a back-reference",
    "\\g": "a back-reference",
    "\\x": "a character by its number",
    "\\u": "a character by its number",
    "\\U": "a character by its number",
    "\\N": "a character by its name",
    "\\0": "a character by its number",
    "\\Q": "a quotation",
    "\\E": "a quotation",
    "\\A": "an anchor other than ^ and $",
    "\\Z": "an anchor other than ^ and $",
    "\\z": "an anchor other than ^ and $",
    "\\G": "an anchor other than ^ and $",
    **{f"\\{digit}": "a back-reference" for digit in range(1, 10)},
}


class InvalidPattern(CapsuleError, ValueError):
    """A regular expression outside the subset. ``position`` counts its characters from 1."""

    anchor = "invalidpattern"

    def __init__(self, problem: str, text: str, position: int) -> None:
        shown = text[:80].encode("utf-8", "replace").decode()
        super().__init__(f"The pattern {shown!r} has {problem} at character {position}. {LEGAL}")
        self.problem = problem
        self.position = position


def parse(text: str, ignore_case: bool) -> Node:
    """The nodes of a pattern. Raises ``InvalidPattern``."""
    if len(text) > MAX_LENGTH:
        raise InvalidPattern(f"more than {MAX_LENGTH} characters", text, MAX_LENGTH + 1)
    for at, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise InvalidPattern("a character that no text holds", text, at + 1)
    parser = _Parser(text, ignore_case)
    node = parser.alternatives(0)
    if parser.at < len(text):
        parser.refuse("a ) without its (")
    if size(node) > MAX_SIZE:
        raise InvalidPattern(f"repetitions that stand for more than {MAX_SIZE} characters", text, 1)
    return node


class _Parser:
    def __init__(self, text: str, ignore_case: bool) -> None:
        self.text = text
        self.ignore_case = ignore_case
        self.at = 0

    def refuse(self, problem: str, at: int | None = None) -> NoReturn:
        raise InvalidPattern(problem, self.text, (self.at if at is None else at) + 1)

    def next_is(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def skip(self, token: str) -> bool:
        if not self.next_is(token):
            return False
        self.at += len(token)
        return True

    def taken(self, missing: str) -> str:
        if self.at == len(self.text):
            self.refuse(missing)
        self.at += 1
        return self.text[self.at - 1]

    # Structure -------------------------------------------------------------------------------------

    def alternatives(self, depth: int) -> Node:
        parts = [self.sequence(depth)]
        while self.skip("|"):
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else Alternatives(tuple(parts))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part = self.quantified(self.part(depth))
            if part != EMPTY:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def quantified(self, part: Node) -> Node:
        start = self.at
        counts = self.counts()
        if counts is None:
            return part
        if isinstance(part, Assertion):
            self.refuse("a repetition of a place, which has no length,", start)
        self.skip("?")  # lazy: it changes what is matched, not whether
        if self.next_is("+"):
            self.refuse("a possessive quantifier")
        if self.at < len(self.text) and self.text[self.at] in "*?{":
            self.refuse("a repetition of a repetition")
        least, most = counts
        if has_no_length(part):
            return part if least else EMPTY
        if max(least, most or 0) > 1 and may_be_empty(part):
            # PostgreSQL prepares these in a time that grows with the cube of the count.
            self.refuse("a counted repetition of what may be empty", start)
        return Repeat(part, least, most)

    def counts(self) -> tuple[int, int | None] | None:
        for token, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.skip(token):
                return counts
        if not self.next_is("{"):
            return None
        written = _COUNTS.match(self.text, self.at)
        if written is None:
            self.refuse("a { that begins no count (write \\{ for the character)")
        least = int(written[1])
        most = least if written[2] is None else int(written[3]) if written[3] else None
        if max(least, most or 0) > MAX_COUNT:
            self.refuse(f"a count above {MAX_COUNT}")
        if most is not None and most < least:
            self.refuse("a count whose end is below its beginning")
        self.at = written.end()
        return least, most

    def part(self, depth: int) -> Node:
        start = self.at
        character = self.taken("")
        if character in "^$":
            return Assertion(_PLACES[character])
        if character == ".":
            return Characters(NEWLINE, negated=True)
        if character == "(":
            return self.group(start, depth + 1)
        if character == "[":
            return self.char_class(start)
        if character == "\\":
            return self.escape(start)
        if character in "*+?{":
            self.refuse(f"a {character} after nothing that it could repeat", start)
        return self.literal(character)

    def group(self, start: int, depth: int) -> Node:
        if depth > MAX_GROUPS:
            self.refuse(f"more than {MAX_GROUPS} groups inside each other", start)
        if not self.skip("?:") and (self.next_is("?") or self.next_is("*")):
            self.refuse_dialect(start)
        node = self.alternatives(depth)
        if not self.skip(")"):
            self.refuse("a ( without its )", start)
        return node

    # Characters ------------------------------------------------------------------------------------

    def literal(self, character: str) -> Characters:
        return Characters(self.cased(((ord(character), ord(character)),)))

    def cased(self, ranges: Ranges) -> Ranges:
        return in_both_cases(ranges) if self.ignore_case else ranges

    def escape(self, start: int) -> Node:
        letter = self.taken("a \\ before nothing")
        if letter in ("b", "B"):
            return Assertion(_PLACES[letter])
        if letter.lower() in CLASSES:
            return Characters(CLASSES[letter.lower()], negated=letter.isupper())
        return self.literal(self.escaped(letter, start))

    def escaped(self, letter: str, start: int) -> str:
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if not letter.isascii() or letter.isalnum():
            self.refuse_dialect(start)
        return letter

    def char_class(self, start: int) -> Characters:
        negated = self.skip("^")
        first = self.at
        ranges: list[tuple[int, int]] = []
        while not self.next_is("]"):
            if self.next_is("-") and self.at > first and not self.next_is("-]"):
                self.refuse("a - amid a class (write \\- for the character)")
            ranges += self.member(start)
        if not ranges:
            self.refuse("a class of nothing (write \\] for the character)", start)
        self.at += 1
        return Characters(joined(ranges), negated)

    def member(self, start: int) -> Ranges:
        begins = self.at
        character = self.class_character(start)
        if len(character) != 1 or not self.next_is("-") or self.next_is("-]"):
            return CLASSES_OF[character] if len(character) > 1 else self.cased(_one(character, character))
        self.at += 1
        last = self.class_character(start)
        if len(last) != 1 or last < character:
            self.refuse("a range whose end is not after its beginning", begins)
        return self.cased(_one(character, last))

    def class_character(self, start: int) -> str:
        r"""One member of a class: a character, or the two of ``\d`` and the like."""
        begins = self.at
        character = self.taken("a [ without its ]")
        if character == "[" and self.at < len(self.text) and self.text[self.at] in ":.=":
            self.refuse("a POSIX class", begins)
        if character != "\\":
            return character
        letter = self.taken("a \\ before nothing")
        return f"\\{letter}" if letter.lower() in CLASSES else self.escaped(letter, begins)

    def refuse_dialect(self, start: int) -> NoReturn:
        for beginning in sorted(_WORDS, key=len, reverse=True):
            if self.text.startswith(beginning, start):
                self.refuse(_WORDS[beginning], start)
        self.refuse(f"the escape {self.text[start : start + 2]!r}", start)


CLASSES_OF: dict[str, Ranges] = {
    **{f"\\{letter}": ranges for letter, ranges in CLASSES.items()},
    **{f"\\{letter.upper()}": inverted(ranges) for letter, ranges in CLASSES.items()},
}


def _one(first: str, last: str) -> Ranges:
    return ((ord(first), ord(last)),)
