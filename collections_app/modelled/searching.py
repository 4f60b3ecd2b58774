"""Search in a model's rows: its text fields in the folded form in which documents' texts are stored."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

__all__ = ["HasWord", "SearchedText"]

SQL = tuple[str, list[Any]]

# ``fold_words`` in PostgreSQL's words. It has no case folding: what upper case makes of a text, and lower
# case of that, differs from it in three letters. What it compares with goes through the same.
_FOLDED = (
    'normalize(replace(replace(replace(lower(upper(normalize({}, NFKC) COLLATE "und-x-icu")), '
    "'ß', 'ss'), 'ς', 'σ'), 'i\u0307', 'i'), NFKC)"
)
_ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class SearchedText(Func):
    """A text field as a search looks into it: without regard to case, to forms of letters, in any language.

    On PostgreSQL an index of it serves the search, where there are many rows::

        GinIndex(OpClass(SearchedText("notes"), name="gin_trgm_ops"), name="contact_notes_words")
    """

    arity = 1
    function = "capsule_words"  # of SQLite: see ``functions.py``
    output_field = TextField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        text, params = compiler.compile(self.get_source_expressions()[0])
        return _FOLDED.format(f"({text})::text"), list(params)


class HasWord(Expression):
    """Whether a folded word stands in a text field: false where there is no text, never NULL."""

    conditional = True

    def __init__(self, name: str, word: str) -> None:
        super().__init__(output_field=BooleanField())
        self.text: Any = F(name)
        self.folded: Any = SearchedText(F(name))
        self.word = word

    def get_source_expressions(self) -> list[Any]:
        return [self.text, self.folded]

    def set_source_expressions(self, exprs: list[Any]) -> None:  # type: ignore[override]
        self.text, self.folded = exprs

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        return self._if_there(compiler, "instr({}, %s) > 0", self.word)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> SQL:
        wanted = f"{{}} LIKE '%%' || {_FOLDED.format('%s::text')} || '%%'"
        return self._if_there(compiler, wanted, self.word.translate(_ESCAPED))

    def _if_there(self, compiler: SQLCompiler, test: str, word: str) -> SQL:
        text, own = compiler.compile(self.text)
        folded, params = compiler.compile(self.folded)
        return f"({text} IS NOT NULL AND {test.format(folded)})", [*own, *params, word]
