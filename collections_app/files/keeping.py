"""A file is received: counted and looked at on its way into the storage, and given a row that knows it.

What it became is a document's value: a name, a size and a type to show, and an id that the row is found by.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from collections_app.declarations import Column
from collections_app.files.limits import accepts, limit_of, limits_in_words, size_in_words
from collections_app.files.names import clean_name
from collections_app.files.pending import PENDING, pending_key
from collections_app.files.quota import refuse_when_full, room_for
from collections_app.files.sniffing import HEAD, TAIL, sniff
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = [
    "STORAGE",
    "FileNotTaken",
    "FileTooLarge",
    "file_storage",
    "keep",
    "refuse_unfit",
    "stored_files",
    "value_of",
]

STORAGE = "capsule_files"  # the alias in STORAGES
MODEL = "collections_app.StoredFile"
CHUNK = 64 * 1024


class FileTooLarge(ValidationError):
    """A file is larger than its column takes."""

    def __init__(self, column: Column) -> None:
        sentence = _("This file is larger than %(size)s.") % {"size": size_in_words(limit_of(column))}
        super().__init__(sentence, code="too_large")


class FileNotTaken(ValidationError):
    """A file is of a type that its column does not take."""

    def __init__(self, column: Column, kind: str) -> None:
        sentence = _("This file is of the type %(type)s. %(limits)s") % {
            "type": kind,
            "limits": limits_in_words(column),
        }
        super().__init__(sentence, code="not_taken")


def file_storage() -> Storage:
    """Where the content of files lies: the storage of that alias in ``STORAGES``."""
    return storages[STORAGE]


def stored_files() -> Any:
    """The rows of all files, whosever: within ``opened(EVERY_SCOPE)``."""
    return apps.get_model(MODEL).objects


def value_of(stored: Any) -> dict[str, Any]:
    """What a document holds of a file."""
    return {
        "_type": "file", "id": stored.pk.hex, "label": stored.name, "size": stored.size, "type": stored.type,
    }  # fmt: skip


def keep(column: Column, file: File[Any], name: object = None) -> dict[str, Any]:
    """Store a file that the column takes, pending until a document names it. Returns the document's value.

    A file object that is stored already, and is pending still, is not stored again: whoever writes may have
    to do it twice. Raises ``FileTooLarge``, ``FileNotTaken``, ``TooManyFiles``, or ``ValidationError`` for an
    empty one.
    """
    known = getattr(file, "kept_as", None)
    if known is not None and _is_pending(known):
        refuse_unfit(column, known)  # another column may have been content with it
        return dict(known)
    if (getattr(file, "size", None) or 0) > limit_of(column) or getattr(file, "is_cut", False):
        raise FileTooLarge(column)
    with opened(EVERY_SCOPE):
        refuse_when_full(stored_files())
    content = Counted(file, column)
    place = _stored(content)
    try:
        value = _noted(content, place, clean_name(name or getattr(file, "name", "")), column)
    except BaseException:
        file_storage().delete(place)
        raise
    with suppress(AttributeError):
        file.kept_as = value  # type: ignore[attr-defined]
    return value


class Counted(File):  # type: ignore[type-arg]
    """Content on its way into the storage: its size is counted, and what it is like is remembered."""

    def __init__(self, file: Any, column: Column) -> None:
        super().__init__(file, name="")
        self.source = file
        self.column = column
        self.counted = 0
        self.head = self.tail = b""
        self.digest = sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The pieces. Raises ``FileTooLarge`` as soon as they are more than the column takes."""
        limit = limit_of(self.column)
        for piece in self.source.chunks(chunk_size or CHUNK):
            piece = piece.encode() if isinstance(piece, str) else bytes(piece)
            self.counted += len(piece)
            if self.counted > limit:
                raise FileTooLarge(self.column)
            self.digest.update(piece)
            if len(self.head) < HEAD:
                self.head += piece[: HEAD - len(self.head)]
            self.tail = piece[-TAIL:] if len(piece) >= TAIL else (self.tail + piece)[-TAIL:]
            yield piece


def _stored(content: Counted) -> str:
    """Save the content under a random name. What was written of one that is refused is deleted."""
    token, storage = secrets.token_hex(16), file_storage()
    place = f"{token[:2]}/{token}"
    try:
        return str(storage.save(place, content))
    except BaseException:
        with suppress(OSError):
            storage.delete(place)
        raise


def _noted(content: Counted, place: str, name: str, column: Column) -> dict[str, Any]:
    if not content.counted:
        raise ValidationError(_("This file is empty."))
    kind = sniff(content.head, content.tail)
    if not accepts(column, kind):
        raise FileNotTaken(column, kind)
    with opened(EVERY_SCOPE), room_for(stored_files(), content.counted):
        stored = stored_files().create(
            scope_key=pending_key(),
            place=place,
            name=name,
            size=content.counted,
            type=kind,
            digest=content.digest.hexdigest(),
        )
    return value_of(stored)


def refuse_unfit(column: Column, known: Mapping[str, Any]) -> None:
    """Raise ``FileTooLarge`` or ``FileNotTaken`` where a file that is kept is none for the column."""
    if known["size"] > limit_of(column):
        raise FileTooLarge(column)
    if not accepts(column, known["type"]):
        raise FileNotTaken(column, known["type"])


def _is_pending(value: dict[str, Any]) -> bool:
    with opened(EVERY_SCOPE):
        return bool(stored_files().filter(pk=value["id"], scope_key__startswith=PENDING).exists())
