"""One document as an application sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.updates import UpdateResult

__all__ = ["Row"]


class Row(dict[str, Any]):
    """The document, plus ``_id`` (and ``id``, unless the document has its own).

    Attributes: ``id`` (the row's, a string), ``version`` (1 for a new row), ``created_at``,
    ``updated_at``, ``scope_key``. Where a name is free, ``row.subject`` reads ``row["subject"]``.
    """

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    scope_key: str

    def __init__(
        self,
        collection: Collection,
        public_id: UUID,
        document: Mapping[str, Any],
        version: int,
        created_at: datetime,
        updated_at: datetime,
        scope_key: str,
    ) -> None:
        self.id = str(public_id)
        super().__init__(document)
        self["_id"] = self.id
        self.setdefault("id", self.id)
        self.version = version
        self.created_at = created_at
        self.updated_at = updated_at
        self.scope_key = scope_key
        self._collection = collection
        self._has_own_id = "id" in document

    @property
    def document(self) -> dict[str, Any]:
        """The document alone, without the row's id."""
        own = dict(self)
        del own["_id"]
        if not self._has_own_id:
            del own["id"]
        return own

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"This row has no {name!r}; it has {', '.join(self)}.") from None

    def patch(self, update: Mapping[str, Any]) -> UpdateResult:
        """Update this row as ``update_one`` would, and read it again."""
        result = self._collection.update_one({"_id": self.id}, update)
        if result.matched:
            self.refresh()
        return result

    def delete(self) -> bool:
        """Delete this row; whether it was still there."""
        return self._collection.delete_one({"_id": self.id}).deleted == 1

    def refresh(self) -> None:
        """Read this row again. Raises ``LookupError`` if it is gone."""
        fresh = self._collection.get(self.id)
        if fresh is None:
            raise LookupError(f"Document {self.id} is gone.")
        self.clear()
        self.update(fresh)
        self.__dict__.update(fresh.__dict__)
