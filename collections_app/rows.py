"""One document as an application sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from capsule.registry import did_you_mean
from collections_app.errors import Gone, NoKey
from collections_app.files.holding import WithFiles
from collections_app.twins import twin
from collections_app.updates import UpdateResult, parse_update

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.history.entries import Entry

__all__ = ["ROW_FIELDS", "Row", "values_of"]

# What a row is made of, in the order of its arguments. Never the generated columns: they would cost bytes.
ROW_FIELDS = ("public_id", "data", "version", "created_at", "updated_at", "scope_key")


class Row(WithFiles, dict[str, Any]):
    """The document, plus ``_id`` (and ``id``, unless the document has its own).

    A column that has no value reads ``None``; it is no key of the dict, as in the stored document.

    Attributes: ``id`` (the row's, a string), ``version`` (1 for a new row), ``created_at``,
    ``updated_at``, ``scope_key``. Where a name is free, ``row.subject`` reads ``row["subject"]``.

    Example: ``row.patch({"status": "open"}, version=row.version)``
    """

    id: str
    version: int
    scope_key: str

    def __init__(
        self,
        collection: Collection,
        public_id: UUID | str,
        document: Mapping[str, Any],
        version: int,
        created_at: datetime | str,
        updated_at: datetime | str,
        scope_key: str,
    ) -> None:
        self.id = _hyphenated(public_id)
        super().__init__(document)
        self["_id"] = self.id
        self.setdefault("id", self.id)
        self.version = version
        self._created_at = created_at
        self._updated_at = updated_at
        self.scope_key = scope_key
        self._collection = collection
        self._has_own_id = "id" in document

    @property
    def created_at(self) -> datetime:
        """When it was inserted, in UTC."""
        return _instant(self._created_at)

    @property
    def updated_at(self) -> datetime:
        """When it last changed, in UTC."""
        return _instant(self._updated_at)

    @property
    def document(self) -> dict[str, Any]:
        """The document alone, without the row's id."""
        own = dict(self)
        del own["_id"]
        if not self._has_own_id:
            del own["id"]
        return own

    def __missing__(self, key: str) -> None:
        # Asked by ``row[key]`` alone: ``in``, ``get`` and whatever makes JSON of it see the document.
        collection = self.__dict__["_collection"]
        declared = (*collection.declaration.columns, *collection.by_scope.declaration(self.scope_key).columns)
        columns = dict.fromkeys(column.key for column in declared)
        if key in columns:
            return
        if key in self.__dict__ or hasattr(type(self), str(key)):  # templates ask so first, of each row
            raise NoKey(f"This row has no key {key!r}: it has it beside its document, row.{key}.")
        raise NoKey(f"This row has no {key!r}. {did_you_mean(str(key), [*dict.fromkeys([*self, *columns])])}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in self:
            raise AttributeError(name)  # of Python's own, which asks before there is a collection
        try:
            return self[name]
        except NoKey as error:
            raise AttributeError(error.sentence) from None

    def patch(self, update: Mapping[str, Any], *, version: int | None = None) -> UpdateResult:
        """Update this row as ``update_one`` would; afterwards it is as it was stored.

        With ``version=row.version``, raises ``Conflict`` if somebody has changed it since it was read.
        """
        outcome = self._collection.writer.patch(self.id, parse_update(update), version)
        if outcome.after is not None:
            self._become(outcome.after)
        return outcome.result

    def history(self, *, limit: int = 50, before: int | None = None) -> list[Entry]:
        """What was done to this row, the newest first; see ``Collection.history``."""
        return self._collection.history(self.id, limit=limit, before=before)

    def delete(self) -> bool:
        """Delete this row; whether it was still there."""
        return self._collection.delete_one({"_id": self.id}).deleted == 1

    # A template calls what it is given the name of: {{ row.delete }} must delete nothing.
    patch.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]

    def refresh(self) -> None:
        """Read this row again. Raises ``LookupError`` if it is gone."""
        fresh = self._collection.get(self.id)
        if fresh is None:
            raise Gone(f"Document {self.id} is gone: undelete() brings it back.")
        self._become(fresh)

    apatch = twin(patch)
    adelete = twin(delete)
    ahistory = twin(history)
    arefresh = twin(refresh)

    def _become(self, fresh: Row) -> None:
        self.clear()
        self.update(fresh)
        self.__dict__.update(fresh.__dict__)


def values_of(rows: Iterable[Row], paths: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Of each row the values at these paths; without any all that it has."""
    if not paths:
        return [dict(row) for row in rows]
    return [{key: _at(row, path) for key, path in paths.items()} for row in rows]


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for segment in path:
        document = document.get(segment) if isinstance(document, dict) else None
    return document


def _hyphenated(public_id: UUID | str) -> str:
    # SQLite keeps a UUID as its 32 digits.
    if type(public_id) is str and len(public_id) == 32:
        one, two, three, four = public_id[:8], public_id[8:12], public_id[12:16], public_id[16:20]
        return f"{one}-{two}-{three}-{four}-{public_id[20:]}"
    return str(public_id)


def _instant(value: datetime | str) -> datetime:
    """An instant as the databases write it, parsed for those who ask. SQLite leaves its zone out: UTC."""
    if not isinstance(value, str):
        return value
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
