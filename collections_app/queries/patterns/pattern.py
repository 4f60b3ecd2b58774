"""A pattern, and whether a text holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2

from collections_app.errors import BadQuery
from collections_app.queries.patterns import writing
from collections_app.queries.patterns.parsing import InvalidPattern, parse

__all__ = ["Pattern", "ignores_case", "search"]

KEPT = 64  # compiled patterns
MEMORY = 2 << 20  # bytes of each at most; with more, RE2 remembers longer and answers the worst ones later


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that anybody may write: it is searched for anywhere in a text.

    Example: ``Pattern.parse("^re: ", ignore_case=True).matches("Re: printer")``
    """

    text: str
    ignore_case: bool
    re2: str = field(compare=False, repr=False)
    postgresql: str = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, ignore_case: bool = False) -> Pattern:
        """The pattern that ``text`` is. Raises ``InvalidPattern``, a ``ValueError``, for any other."""
        if not isinstance(text, str):
            raise InvalidPattern(f"a {type(text).__name__} for a text", "", 0)
        node = parse(text, ignore_case)
        return cls(text, ignore_case, writing.re2(node), writing.postgresql(node))

    def matches(self, text: str) -> bool:
        """Whether it is found anywhere in ``text``."""
        return search(self.re2, text)


def search(written: str, text: str) -> bool:
    """Whether a pattern, as it is written for RE2, is found anywhere in ``text``."""
    return _compiled(written).fullmatch(text.encode()) is not None


@lru_cache(maxsize=KEPT)
def _compiled(written: str) -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    options.never_capture = True
    options.log_errors = False
    compiled = re2.compile(written, options)
    re2.purge()  # its own cache would keep 128 more
    return compiled


def ignores_case(options: object) -> bool:
    """What Mongo's ``$options`` says about case. Raises ``ValueError`` for any other option."""
    if options in ("", "i"):
        return options == "i"
    raise BadQuery(f"{str(options)[:64]!r} is not an option of $regex here. Legal: 'i', or ''.")
