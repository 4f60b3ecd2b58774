"""What a row says of its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.core.files import File
from django.urls import reverse

from capsule.errors import NoIdentity, ScopeError
from capsule.identity import current_identity
from collections_app.errors import NoFile
from collections_app.files.claiming import id_of, is_file
from collections_app.files.keeping import file_storage, stored_files
from collections_app.files.pending import pending_keys
from collections_app.storage.guarding import EVERY_SCOPE, opened
from collections_app.twins import twin

if TYPE_CHECKING:
    from collections_app.handle import Collection
    from collections_app.rows import Row

__all__ = ["KeptFile", "WithFiles", "opened_file", "own_pending", "stored_file"]


class WithFiles:
    """The part of ``Row`` that leads to the files which it names."""

    _collection: Collection

    def open_file(self, key: str) -> File[Any]:
        """The file that the column names, open for reading; its ``name`` is what it is called.

        Raises ``LookupError`` where there is none.

        Example: ``with row.open_file("contract") as file: file.read()``
        """
        stored = stored_file(self._collection, cast("Row", self), key)
        if stored is None:
            raise NoFile(f"This row has no file under {key!r}.")
        return opened_file(stored)

    def file_address(self, key: str) -> str | None:
        """Where whoever acts can have the file; ``None`` where there is none, or the row is another's."""
        row, collection = cast("Row", self), self._collection
        if not is_file(row.get(key)):
            return None
        try:
            own = current_identity().key(collection.declaration.scope)
        except (ScopeError, NoIdentity):
            return None
        if row.scope_key != own:
            return None
        return reverse("collections_app:file", args=[collection.name, row.id, key])

    aopen_file = twin(open_file)


def stored_file(collection: Collection, row: Row, key: str) -> Any:
    """What is known of the file that a row names; ``None`` unless it is of the row's collection and scope."""
    value = row.get(key)
    if not isinstance(value, dict) or not is_file(value):
        return None
    with opened(EVERY_SCOPE):
        of_scope = stored_files().filter(collection=collection.name, scope_key=row.scope_key)
        return of_scope.filter(pk=id_of(value)).first()


def own_pending(ids: Iterable[UUID]) -> list[Any]:
    """What is known of those of the files that whoever acts has sent, and no document names yet.

    Whoever is pruning at this moment has no doubt of them any more.
    """
    wanted = list(ids)
    with opened(EVERY_SCOPE):
        own = stored_files().filter(pk__in=wanted, scope_key__in=pending_keys())
        found = list(own)
        if any(stored.doubted_at is not None for stored in found):
            own.update(doubted_at=None)
        return found


class KeptFile(File):  # type: ignore[type-arg]
    """A file out of the storage, under the name that it came with. That name leads to nothing."""

    def __init__(self, stored: Any) -> None:
        self.place = stored.place
        super().__init__(_content(stored.place), name=stored.name)

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> KeptFile:
        """Begin it again. Django's own would look for a file of that name in the folder at hand."""
        if self.closed:
            self.file = _content(self.place)
        self.seek(0)
        return self


def _content(place: str) -> File[Any]:
    return file_storage().open(place, "rb")


def opened_file(stored: Any) -> KeptFile:
    """The content of a file. Raises ``LookupError`` where it is not in the storage."""
    try:
        return KeptFile(stored)
    except OSError:
        raise NoFile(f"The content of file {stored.pk} is not in the storage.") from None
