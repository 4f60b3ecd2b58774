"""What a collection's handle says of its columns: those that are in force, and how they change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from capsule.words import Words
from collections_app.changing.by_scope import ByScope
from collections_app.changing.columns import Columns, Step
from collections_app.changing.edits import Edit, adding, checked, removing, renaming, setting, type_shown_by
from collections_app.changing.operations import change
from collections_app.declarations import Column, Declaration
from collections_app.documents import DocumentCleaner
from collections_app.errors import BadColumns
from collections_app.twins import twin

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["ChangingColumns"]


class ChangingColumns:
    """The part of ``Collection`` that knows its columns.

    ``declaration`` is what the code says, ``in_force`` what holds for whoever acts: the same, until their
    scope has changed something.
    """

    declaration: Declaration

    @property
    def in_force(self) -> Declaration:
        """The declaration with the columns now in force: across scopes, and for nobody, as declared."""
        return self.by_scope.declaration(self.by_scope.scope_key)

    @property
    def cleaner(self) -> DocumentCleaner:
        """Through which every document enters."""
        return self.by_scope.cleaner(self.by_scope.scope_key)

    @cached_property
    def by_scope(self) -> ByScope:
        return ByScope(self._collection)

    def list_columns(self) -> Columns:
        """The columns now in force, in order; their ``version`` is what ``version=`` below asks about.

        Example: ``[column.key for column in threads.list_columns()]``
        """
        found = self.by_scope.in_force(self._collection.one_scope())
        if found is None:
            return Columns(self.declaration.columns, 0)
        return Columns(found.declaration.columns, found.version)

    def add_column(
        self,
        key: str,
        type: str | None = None,
        *,
        default: Any = None,
        backfill: bool = False,
        version: int | None = None,
        label: Words | None = None,
        format: str | None = None,
        options: Iterable[Any] | None = None,
        required: bool = False,
        sortable: bool | None = None,
        filterable: bool | None = None,
        editable: bool | None = None,
        hidden: bool = False,
        help_text: Words = "",
    ) -> Columns:
        """Add a column for this scope, behind the others. ``default`` shows its type, if it is not given.

        With ``backfill`` the documents that have no value of that key get the default first, and the column
        comes in force when all have one. The arguments of a ``Column`` mean what they mean there.

        Raises ``ValueError`` for a column that cannot be, or is there, and ``Conflict`` for a stale
        ``version``.

        Example: ``threads.add_column("urgent", default=False, backfill=True)``
        """
        column = Column(
            key, type or type_shown_by(default), label=label, format=format,
            options=None if options is None else list(options), required=required, default=default,
            sortable=sortable, filterable=filterable, editable=editable, hidden=hidden, help_text=help_text,
        )  # fmt: skip
        if backfill and default is None:
            raise BadColumns(f"backfill=True writes the default of '{key}': give one.")
        wanted = Step("fill", key) if backfill else None
        return self._change(adding(checked(column), backfill=backfill), wanted, version)

    def rename_column(
        self, old: str, new: str, *, migrate_values: bool = False, version: int | None = None
    ) -> Columns:
        """Give a column of this scope another key, in its place.

        With ``migrate_values`` its values go along; else they stay under the old key, as undeclared ones.
        Raises ``NotDeclared`` for a column that is not there, ``ValueError`` for a key that is taken, and
        ``Conflict`` for a stale ``version``.

        Example: ``threads.rename_column("priority", "urgency", migrate_values=True)``
        """
        checked(Column(new))
        collection, wanted = self._collection, Step("move", old, new)
        is_begun = wanted.is_same_as(self.by_scope.step(collection.one_scope()))
        if migrate_values and not is_begun and collection.exists({new: {"$exists": True}}):
            raise BadColumns(f"There are documents with values under {new!r}, which would be lost.")
        edit = renaming(old, new, migrate_values=migrate_values)
        return self._change(edit, wanted if migrate_values else None, version)

    def remove_column(self, key: str, *, drop_values: bool = False, version: int | None = None) -> Columns:
        """Take a column of this scope away. With ``drop_values`` its values go too, else documents keep them.

        Raises ``NotDeclared`` for a column that is not there, ``ValueError`` for one that is searched or
        unique, and ``Conflict`` for a stale ``version``.

        Example: ``threads.remove_column("urgent", drop_values=True)``
        """
        edit = removing(key, drop_values=drop_values)
        return self._change(edit, Step("drop", key) if drop_values else None, version)

    def set_columns(self, columns: Iterable[str | Column], *, version: int | None = None) -> Columns:
        """Have exactly these columns in this scope, in this order; documents keep all their values.

        A text names a column that is there and stays as it is, or a new column of text. Raises as
        ``add_column`` does.

        Example: ``threads.set_columns(["status", "subject", Column("priority", type="text")])``
        """
        if isinstance(columns, str):
            raise BadColumns("set_columns takes a list of columns.")
        return self._change(setting(list(columns)), None, version)

    def _change(self, edit: Edit, wanted: Step | None, version: int | None) -> Columns:
        collection = self._collection
        change(collection, collection._scope_key_to_write(), edit, wanted=wanted, version=version)
        return self.list_columns()

    aadd_column = twin(add_column)
    alist_columns = twin(list_columns)
    aremove_column = twin(remove_column)
    arename_column = twin(rename_column)
    aset_columns = twin(set_columns)

    @property
    def _collection(self) -> Collection:
        return cast("Collection", self)
