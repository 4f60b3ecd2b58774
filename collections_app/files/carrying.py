"""Files that go along: into a dump and out of it, with a founder's records, with a visitor who signs in.

A dump holds what is known of a file, not its content: that is carried as the folder or the bucket that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from capsule.scopes import conversation_key, user_key
from collections_app.files.keeping import file_storage, stored_files
from collections_app.files.names import clean_name
from collections_app.files.pending import PENDING
from collections_app.files.references import named_files
from collections_app.handle import Collection
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["files_dumped", "files_missing", "load_file", "move_files", "move_pending_files"]

CHUNK = 500
_PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,90}")


def files_dumped(name: str) -> Iterator[dict[str, Any]]:
    """What is known of each file of a collection, as a line of a dump holds it."""
    with opened(EVERY_SCOPE):
        found = stored_files().filter(collection=name).order_by("pk")
    for stored in found.iterator(CHUNK):
        yield {
            "collection": name,
            "scope": stored.scope_key,
            "file": {
                "id": stored.pk.hex,
                "place": stored.place,
                "name": stored.name,
                "size": stored.size,
                "type": stored.type,
                "digest": stored.digest,
            },
        }


def load_file(entry: dict[str, Any]) -> None:
    """Store what a line of a dump knows of a file. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
    said, scope = dict(entry["file"]), entry["scope"]
    if not isinstance(scope, str) or not 0 < len(scope) <= 80 or scope.startswith(PENDING):
        raise ValueError("no scope")
    if type(said["size"]) is not int or not 0 < said["size"] < 2**53:
        raise ValueError("no size")
    if clean_name(said["name"]) != said["name"]:
        raise ValueError("no name of a file")
    for key, form in (("place", _PLACE), ("digest", _DIGEST), ("type", _TYPE)):
        if not form.fullmatch(said[key]):
            raise ValueError(f"no {key}")
    known = {key: said[key] for key in ("place", "name", "size", "type", "digest")}
    known["collection"] = entry["collection"]
    with opened(EVERY_SCOPE):
        # As new: until its documents are loaded too, it has to be too young to be pruned.
        stored, is_new = stored_files().get_or_create(
            pk=UUID(said["id"]), defaults={**known, "scope_key": scope}
        )
        if not is_new and any(getattr(stored, key) != value for key, value in known.items()):
            raise ValueError("a file of that id is here, and another one")
        stored_files().filter(pk=stored.pk).update(
            scope_key=scope, doubted_at=None, created_at=timezone.now()
        )


def files_missing(names: Iterable[str]) -> list[str]:
    """The places of the files of these collections whose content is not in the storage."""
    storage = file_storage()
    with opened(EVERY_SCOPE):
        places = stored_files().filter(collection__in=list(names)).order_by("pk")
    return [
        place for place in places.values_list("place", flat=True).iterator(CHUNK) if not storage.exists(place)
    ]


def move_files(collection: Collection, from_key: str, to_key: str) -> None:
    """Documents have become another scope's, and their history with them: so do the files that they name."""
    with opened(EVERY_SCOPE):
        own = stored_files().filter(collection=collection.name, scope_key=from_key)
        if not own.exists():
            return
        named = sorted(named_files(collection, to_key))
        for start in range(0, len(named), CHUNK):
            own.filter(pk__in=named[start : start + CHUNK]).update(scope_key=to_key, doubted_at=None)


def move_pending_files(conversation_id: str, user_id: str) -> None:
    """What a visitor has sent, and no document names yet, is the person's who they turn out to be.

    Whoever calls has made sure that the conversation is: it was nobody's, and this browser's alone.
    """
    with opened(EVERY_SCOPE):
        own = stored_files().filter(scope_key=f"{PENDING}{conversation_key(conversation_id)}")
        own.update(scope_key=f"{PENDING}{user_key(user_id)}", doubted_at=None)
