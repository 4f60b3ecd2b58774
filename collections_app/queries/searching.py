"""Finding documents by the words in their texts, with an index on both databases; a filter's rows by it too.

The texts stand folded in a column of their own (``words.py``). PostgreSQL has a trigram index on it, which
LIKE uses. SQLite has a side table of trigrams that triggers keep (``storage/search_indexes.py``): it gives
the rows that hold all trigrams of the words, somewhere, and the text itself says whether the words are there.
What a filter looks for leaves phrases in the text (``phrases.py``), by which its rows are found likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField
from django.db.models.sql.compiler import SQLCompiler

from capsule.errors import NotDeclared
from collections_app.declarations import Declaration
from collections_app.queries.phrases import Phrase
from collections_app.queries.tagging import SQL, OfColumns
from collections_app.queries.tree import Search
from collections_app.queries.words import SHORTEST, words_of

__all__ = ["SCOPE_TAIL", "HasWords", "MayHold", "RowsWithPhrases", "rows_with_phrases", "search_for"]

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
        likes = [_like(word) for word in self.words]
        return f"({' AND '.join([f'{text} LIKE %s'] * len(likes))})", likes


class MayHold(OfColumns):
    """Whether a row's text has all phrases of a filter: cheaper than the filter, which stands beside it.

    A text that is not made yet may hold anything. Of a phrase with several ends SQLite tests the stem alone,
    for it has nothing that looks for all of them at once.
    """

    conditional = True

    def __init__(self, column: str, phrases: Sequence[Phrase]) -> None:
        super().__init__(column, output_field=BooleanField())
        self.phrases = phrases

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (text,) = self._names(compiler)
        tests = " AND ".join([f"instr({text}, %s) > 0"] * len(self.phrases))
        return f"({text} IS NULL OR ({tests}))", [phrase.stem for phrase in self.phrases]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (text,) = self._names(compiler)
        sql, parameters = [], []
        for phrase in self.phrases:
            likes = " OR ".join([f"{text} LIKE %s"] * max(1, len(phrase.ends)))
            # Most rows have not even the stem, which takes one look. Of two letters no index knows.
            sql.append(f"strpos({text}, %s) > 0 AND ({likes})" if phrase.ends else likes)
            parameters += [phrase.stem] if phrase.ends else []
            parameters += [_like(phrase.stem + end) for end in phrase.ends or ("",)]
        return f"({text} IS NULL OR ({' AND '.join(sql)}))", parameters


def _like(part: str) -> str:
    return f"%{part.translate(_ESCAPED)}%"


class RowsWithPhrases(OfColumns):
    """The rows that ``rows_with_phrases`` has found: SQLite's other plan, beside what tests each row."""

    conditional = True

    def __init__(self, found: SQL) -> None:
        super().__init__("id", output_field=BooleanField())
        self.found = found

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        (number,) = self._names(compiler)
        sql, parameters = self.found
        return f"{number} IN ({sql})", parameters


def rows_with_phrases(
    side_table: str,
    phrases: Sequence[Phrase],
    scope_key: str | None,
    limit: int | None = None,
    others: SQL = ("", []),
) -> SQL:
    """The ids of the rows that may have all of the phrases, out of SQLite's side table alone.

    With ``scope_key`` few of other scopes are among them, so that what those hold costs nothing here; whose
    a row is the row itself says. ``others`` selects the ids of further rows.
    """
    wanted = [_quoted(part) for part in _of_scope(scope_key or "")]
    wanted += [term for phrase in phrases for term in _terms(phrase)]
    sql = f'SELECT rowid FROM "{side_table}" WHERE "{side_table}" MATCH %s'  # noqa: S608 - a name of ours
    if others[0]:
        sql += f" UNION ALL {others[0]}"
    parameters = [" AND ".join(dict.fromkeys(wanted)), *others[1]]
    return (sql, parameters) if limit is None else (f"{sql} LIMIT %s", [*parameters, limit])


def _terms(phrase: Phrase) -> Iterator[str]:
    """What FTS5 is asked for: all trigrams, and one of those that it may end with."""
    yield from map(_quoted, _trigrams(phrase.stem))
    if phrase.ends:
        last = phrase.stem[1 - SHORTEST :]
        yield f"({' OR '.join(_quoted(last + end) for end in phrase.ends)})"


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def _trigrams(word: str) -> Iterator[str]:
    return (word[at : at + SHORTEST] for at in range(len(word) - SHORTEST + 1))


def _of_scope(scope_key: str) -> Iterator[str]:
    tail = scope_key[-SCOPE_TAIL:]
    # From its end, where two keys differ first.
    return (tail[at : at + SHORTEST] for at in range(len(tail) - SHORTEST, -1, -SHORTEST))
