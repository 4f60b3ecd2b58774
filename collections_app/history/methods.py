"""What a collection's handle says of the past."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from collections_app.errors import NotInHistory
from collections_app.history.entries import Entry, deleted_in, history_of
from collections_app.history.restoring import Restoration, bring_back
from collections_app.rows import Row
from collections_app.twins import twin

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["Past"]


class Past:
    """The part of ``Collection`` that reads the history and goes back in it."""

    def history(self, id: object, *, limit: int = 50, before: int | None = None) -> list[Entry]:
        """What was done to the document of that id, the newest first, also after it was deleted.

        ``before`` goes on from the ``number`` of an entry. Of an id that is another scope's, or nobody's,
        there is none. Raises ``NoHistory``, a ``ValueError``, where ``history=False`` was declared.

        Example: ``[entry.changes.get("status") for entry in threads.history(row.id)]``
        """
        return history_of(self._collection, id, limit, before)

    def restore(
        self, id: object, version: int, *, seen: int | None = None, keeping: Iterable[str] = ()
    ) -> Row:
        """Write what the document was at an earlier version as a new one, and return the row.

        The keys of ``keeping`` stay as they are: those that whoever goes back may not change.

        The old document passes today's columns first: ``ValidationError`` names the keys that no longer fit.
        With ``seen``, raises ``Conflict`` if the row has another version by now. Raises ``NotInHistory``, a
        ``LookupError``, for a document that is not there, or a version that the history does not have.

        Example: ``threads.restore(row.id, 3, seen=row.version)``
        """
        collection = self._collection
        revision = Restoration(collection, version, frozenset(keeping))
        query = collection.matching({"_id": str(id)})
        restored = collection.writer.write(query, revision, version=seen, action="restore").after
        if restored is None:
            raise NotInHistory(f"Document {str(id)[:64]} is not here; of a deleted one there is undelete().")
        return restored

    def deleted(self, *, limit: int = 50, before: int | None = None) -> list[Entry]:
        """How the documents were deleted that ``undelete`` would bring back, the last first.

        Example: ``[entry.before["subject"] for entry in threads.deleted()]``
        """
        return deleted_in(self._collection, limit, before)

    def undelete(self, id: object) -> Row:
        """Bring a deleted document back under its id, as the version after its last, and return the row.

        It passes today's columns first, as in ``restore``. Raises ``NotInHistory`` where none was deleted,
        and ``IdTaken`` where the document is there; both are a ``LookupError``.
        """
        return bring_back(self._collection, str(id))

    adeleted = twin(deleted)
    ahistory = twin(history)
    arestore = twin(restore)
    aundelete = twin(undelete)

    @property
    def _collection(self) -> Collection:
        return cast("Collection", self)
