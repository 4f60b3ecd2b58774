"""A document names a file: in the transaction that writes it the file becomes that of its scope.

A value proves nothing, for anybody can write one. It is taken only if it says of a file what the file's row
says, and the row is of this collection and scope, or was sent by whoever writes and belongs to no document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from collections_app.comparing import same
from collections_app.files.keeping import stored_files, value_of
from collections_app.files.pending import pending_keys
from collections_app.storage.guarding import EVERY_SCOPE, opened
from live.changes import changes

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["claim", "claiming", "id_of", "is_file"]

Document = Mapping[str, Any]
Result = TypeVar("Result")
Insert = Callable[[Any, Sequence[dict[str, Any]], str], Result]


def is_file(value: object) -> bool:
    """Whether a document's value names a file that is kept here."""
    return isinstance(value, dict) and value.get("_type") == "file" and id_of(value) is not None


def id_of(value: Mapping[str, Any]) -> UUID | None:
    """The id of the file that a value names; ``None`` where it names none."""
    given = value.get("id")
    if not isinstance(given, str) or len(given) != 32:
        return None
    try:
        return UUID(given)
    except ValueError:
        return None


def claim(collection: Collection, scope_key: str, pairs: Iterable[tuple[Document, Document]]) -> None:
    """Let documents of a scope have the files that they newly name; each is given as it was and as it is.

    Within the transaction of the write: the rows stay locked until it ends, so that nobody prunes them
    meanwhile. Raises ``ValidationError`` by key for a file that they may not have.
    """
    keys = collection.by_scope.cleaner(scope_key).files
    wanted = list(_wanted(keys, pairs)) if keys else []
    if not wanted:
        return
    with opened(EVERY_SCOPE):
        found = {stored.pk: stored for stored in _free(collection.name, scope_key, wanted)}
        missing = {key for key, value in wanted if not _is_true(value, found)}
        if missing:
            sentence = _("This file is not here to be used. Choose it again.")
            raise ValidationError({key: [sentence] for key in sorted(missing)})
        stored_files().filter(pk__in=list(found)).update(
            collection=collection.name, scope_key=scope_key, doubted_at=None
        )


def claiming(insert: Insert[Result]) -> Insert[Result]:
    """Decorate a ``Writer``'s ``insert``: the new documents claim their files in its transaction."""

    @wraps(insert)
    def claimed(self: Any, cleaned: Sequence[dict[str, Any]], scope_key: str) -> Result:
        if not self.collection.by_scope.cleaner(scope_key).files:
            return insert(self, cleaned, scope_key)
        with changes():
            claim(self.collection, scope_key, (({}, document) for document in cleaned))
            return insert(self, cleaned, scope_key)

    return claimed


def _wanted(
    keys: Iterable[str], pairs: Iterable[tuple[Document, Document]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for before, after in pairs:
        for key in keys:
            value = after.get(key)
            if isinstance(value, dict) and value.get("_type") == "file" and not same(value, before.get(key)):
                yield key, value


def _free(name: str, scope_key: str, wanted: list[tuple[str, dict[str, Any]]]) -> Any:
    """The files that documents of the scope may have, held until the transaction ends."""
    ids = {id for _key, value in wanted if (id := id_of(value)) is not None}
    own = Q(collection=name, scope_key=scope_key) | Q(scope_key__in=pending_keys())
    return stored_files().filter(own, pk__in=ids).order_by("pk").select_for_update()


def _is_true(value: dict[str, Any], found: Mapping[UUID, Any]) -> bool:
    stored = found.get(id_of(value) or UUID(int=0))
    return stored is not None and same(value, value_of(stored))
