"""Regular expressions of one subset, with one meaning in Python, on SQLite and on PostgreSQL.

Both engines see the same small language with everything written out: ``.`` is any character but a newline,
``^`` and ``$`` are the text's ends, ``\\d \\w \\s \\b`` are ASCII, and case is a matter of characters, not of
flags. Both take a time that grows with the text and not with its square or worse.
"""

from __future__ import annotations

from collections_app.queries.patterns.parsing import InvalidPattern
from collections_app.queries.patterns.pattern import Pattern, ignores_case, search

__all__ = ["InvalidPattern", "Pattern", "ignores_case", "search"]
