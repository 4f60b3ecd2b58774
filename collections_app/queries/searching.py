"""Finding documents by the words in their texts, with an index on both databases.

The texts stand folded in a column of their own (``words.py``). PostgreSQL has a trigram index on it, which
LIKE uses. SQLite has a side table of trigrams that triggers keep (``storage/search_indexes.py``): it gives
the rows that hold all trigrams of the words, somewhere, and the text itself says whether the words are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField
from django.db.models.sql.compiler import SQLCompiler

from capsule.errors import NotDeclared
from collections_app.declarations import Declaration
from collections_app.queries.tagging import SQL, OfColumns
from collections_app.queries.tree import Search
from collections_app.queries.words import SHORTEST, words_of

__all__ = ["SCOPE_TAIL", "HasWords", "RowsWithWords", "rows_with_words", "search_for"]

SCOPE_TAIL = 12  # characters of a scope key that SQLite's index holds before the text of a row
_ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def search_for(text: str, declaration: Declaration) -> Search:
    """The condition that every word of ``text`` stands in one of the searched keys.

    Raises ``NotDeclared`` for a collection without any, ``ValueError`` for a text that cannot be looked for.
    """
    if not declaration.search:
        raise NotDeclared(
            f"Collection '{declaration.name}' declares nothing to search: "
            'collection(..., search=["subject"]) names the columns.'
        )
    return Search(declaration.searched_keys, words_of(text))


class HasWords(OfColumns):
    """Whether a row's text holds all of some words, tested row by row. NULL where it is not made yet."""

    conditional = True

    def __init__(self, column: str, words: Sequence[str]) -> None:
        super().__init__(column, output_field=BooleanField())
        self.words = words

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (text,) = self._names(compiler)
        return f"({' AND '.join([f'instr({text}, %s) > 0'] * len(self.words))})", list(self.words)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (text,) = self._names(compiler)
        likes = [f"%{word.translate(_ESCAPED)}%" for word in self.words]
        return f"({' AND '.join([f'{text} LIKE %s'] * len(likes))})", likes


class RowsWithWords(OfColumns):
    """The rows that may have all of the words, found by them: SQLite's other plan, beside ``HasWords``."""

    conditional = True

    def __init__(self, side_table: str, words: Sequence[str], scope_key: str | None) -> None:
        super().__init__("id", output_field=BooleanField())
        self.found = rows_with_words(side_table, words, scope_key)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (number,) = self._names(compiler)
        sql, parameters = self.found
        return f"{number} IN ({sql})", parameters


def rows_with_words(
    side_table: str, words: Sequence[str], scope_key: str | None, limit: int | None = None
) -> SQL:
    """The ids of the rows that may have all of the words, out of SQLite's side table alone.

    With ``scope_key`` few of other scopes are among them, so that what those hold costs nothing here; whose
    a row is the row itself says.
    """
    trigrams = [*_of_scope(scope_key or ""), *(part for word in words for part in _trigrams(word))]
    wanted = " AND ".join('"' + part.replace('"', '""') + '"' for part in dict.fromkeys(trigrams))
    sql = f'SELECT rowid FROM "{side_table}" WHERE "{side_table}" MATCH %s'  # noqa: S608 - a name of ours
    return (sql, [wanted]) if limit is None else (f"{sql} LIMIT %s", [wanted, limit])


def _trigrams(word: str) -> Iterator[str]:
    return (word[at : at + SHORTEST] for at in range(len(word) - SHORTEST + 1))


def _of_scope(scope_key: str) -> Iterator[str]:
    tail = scope_key[-SCOPE_TAIL:]
    # From its end, where two keys differ first.
    return (tail[at : at + SHORTEST] for at in range(len(tail) - SHORTEST, -1, -SHORTEST))
