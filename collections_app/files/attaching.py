"""Files that go with something other than a document: with a message. One place has them, and leads to them.

They are received as a document's are, and pending until then. No document can claim one, and pruning leaves
them alone: they end with their place, and whoever ends that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from collections_app.comparing import same
from collections_app.files.claiming import id_of
from collections_app.files.keeping import file_storage, stored_files, value_of
from collections_app.files.pending import pending_keys
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["attach", "attached", "discard", "end_attached", "size_attached"]

NO_COLLECTION = ""  # of which such files are, as pending ones


def attach(values: Sequence[Mapping[str, Any]], scope_key: str) -> None:
    """Let a place have files that whoever acts has sent, and nothing has yet; within its transaction.

    A value proves nothing: it is taken where the file's own row says the same. Raises ``ValidationError``.

    Example: ``attach([keep(column, file)], conversation_key(conversation_id))``
    """
    ids = {id for value in values if (id := id_of(value)) is not None}
    with opened(EVERY_SCOPE):
        own = stored_files().filter(pk__in=ids, scope_key__in=pending_keys())
        found = {stored.pk: value_of(stored) for stored in own.order_by("pk").select_for_update()}
        if len(ids) < len(values) or not all(_is_true(value, found) for value in values):
            raise ValidationError(_("This file is not here to be used. Choose it again."))
        stored_files().filter(pk__in=ids).update(
            collection=NO_COLLECTION, scope_key=scope_key, doubted_at=None
        )


def _is_true(value: Mapping[str, Any], found: Mapping[UUID, Any]) -> bool:
    return same(dict(value), found.get(id_of(value) or UUID(int=0)))


def attached(scope_key: str, id: UUID) -> Any:
    """What is known of a place's file; ``None`` where it has none of that id."""
    with opened(EVERY_SCOPE):
        return stored_files().filter(pk=id, collection=NO_COLLECTION, scope_key=scope_key).first()


def size_attached(scope_key: str) -> int:
    """The bytes of all files of a place."""
    with opened(EVERY_SCOPE):
        own = stored_files().filter(collection=NO_COLLECTION, scope_key=scope_key)
        return own.aggregate(size=Sum("size"))["size"] or 0


def end_attached(scope_key: str, ids: Iterable[UUID] | None = None) -> None:
    """Delete the files of a place that ends, or those of ``ids``; their content once that is certain."""
    with opened(EVERY_SCOPE):
        own = stored_files().filter(collection=NO_COLLECTION, scope_key=scope_key)
        _delete(own if ids is None else own.filter(pk__in=list(ids)))


def discard(values: Iterable[Mapping[str, Any]]) -> None:
    """Delete those files that whoever acts has just sent, and that nothing has taken."""
    ids = [id for value in values if (id := id_of(value)) is not None]
    if not ids:
        return
    with opened(EVERY_SCOPE):
        _delete(stored_files().filter(pk__in=ids, scope_key__in=pending_keys()))


def _delete(files: Any) -> None:
    places = list(files.values_list("place", flat=True))
    if places:
        files.delete()
        # What breaks off between the two is content without a row, which prune_files deletes.
        transaction.on_commit(lambda: _forget(places))


def _forget(places: Sequence[str]) -> None:
    for place in places:
        file_storage().delete(place)
