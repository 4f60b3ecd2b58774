"""Files beside a message: what a handler takes of them, how they are kept, and how a handler reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from capsule.json_values import InvalidJSON, parse_json
from capsule.scopes import conversation_key
from collections_app.declarations import Column
from collections_app.errors import NoFile
from collections_app.files.attaching import attach, attached, size_attached
from collections_app.files.claiming import is_file
from collections_app.files.holding import opened_file
from collections_app.files.keeping import keep, refuse_unfit
from collections_app.files.limits import accept_of, limit_of, limits_in_words
from collections_app.files.names import clean_name
from collections_app.files.quota import bounded
from collections_app.files.showing import is_size
from conversations.errors import MessageRefused

__all__ = [
    "NAME",
    "Files",
    "FileValue",
    "FilesRefused",
    "MessageFile",
    "attach_files",
    "files_in",
    "kept_files",
]

NAME: Final = "files"  # of the field in a form, and of the key in a program's JSON
STATUSES: Final = {"too_large": 413, "not_taken": 415, "too_many_files": 429}
FileValue = Mapping[str, Any]  # what a file became once it was received: see collections_app.files


@dataclass(frozen=True)
class Files:
    """The files that a handler takes beside a message.

    ``types`` are told from a file's content: ``"image/*"``, ``"application/pdf"``, ``"text/plain"`` (which a
    CSV is); without them any. ``size`` is the most of one file (``CAPSULE_FILE_SIZE_LIMIT`` unless given),
    ``most`` how many there may be at once.

    Example: ``@message(files=Files(["image/*", "text/plain"], size="5 MB", most=3))``
    """

    types: Sequence[str] | None = None
    _: KW_ONLY
    size: str | None = None
    most: int = 5

    @property
    def column(self) -> Column:
        """The same as a file column, which has the limits, and the words for them."""
        options = None if self.types is None else list(self.types)
        return Column(NAME, type="file", format=self.size, options=options)

    @property
    def limit(self) -> int:
        """The bytes that one file may have."""
        return limit_of(self.column)

    @property
    def accept(self) -> str:
        """The types as an input says them."""
        return accept_of(self.column)

    @property
    def words(self) -> str:
        """What may be chosen, in a sentence."""
        return limits_in_words(self.column)


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file that came with a message. ``type`` was told from its content, ``name`` leads to nothing.

    Example: ``with msg.files[0].open() as file: text = file.read().decode()``
    """

    id: str
    name: str
    size: int  # bytes
    type: str
    conversation_id: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where whoever may open the conversation has it."""
        return reverse("conversations:file", args=[self.conversation_id, self.id])

    def open(self) -> File[Any]:
        """The file, open for reading. A record that is given it keeps a copy of its own.

        Raises ``NoFile``, a ``LookupError``, where it is not there any more.
        """
        stored = attached(conversation_key(self.conversation_id), UUID(self.id))
        if stored is None:
            raise NoFile(f"The file {self.name!r} ended with its message.")
        return opened_file(stored)

    async def aopen(self) -> File[Any]:
        """As ``open``, in an async handler."""
        opened: File[Any] = await database_sync_to_async(self.open)()
        return opened

    def as_json(self) -> dict[str, Any]:
        """As a program reads it."""
        said = {"id": self.id, "name": self.name, "size": self.size, "type": self.type}
        return {**said, "address": self.address}


class FilesRefused(MessageRefused):
    """Files that are not taken; ``kept`` are those of the message that are."""

    def __init__(self, error: ValidationError, kept: Sequence[FileValue] = (), name: str = "") -> None:
        words = " ".join(error.messages)
        code = str(getattr(error, "code", "") or "")
        status, known = STATUSES.get(code, 422), code if code in STATUSES else "message_refused"
        super().__init__(f"{name}: {words}" if name else words, status, known, field=NAME)
        self.kept = kept


def files_in(block: Mapping[str, Any], conversation_id: object) -> tuple[MessageFile, ...]:
    """The files of a stored message, in the order in which they were sent."""
    return tuple(
        MessageFile(
            str(UUID(value["id"])), value["label"], value["size"], value["type"], str(conversation_id)
        )
        for value in block.get(NAME, ())
    )


def kept_files(takes: Files | None, given: Iterable[Any]) -> list[FileValue]:
    """What was sent beside a message, received: files of a form, and values of what was sent before.

    Each value has to be a file's; whether it is the sender's is asked where the message takes it. Raises
    ``FilesRefused``.
    """
    sent = list(given)
    if not sent:
        return []
    if takes is None:
        raise FilesRefused(ValidationError(_("This assistant takes no files.")))
    if len(sent) > takes.most:
        sentence = _("A message holds at most %(count)d files.") % {"count": takes.most}
        raise FilesRefused(ValidationError(sentence), [one for one in sent[: takes.most] if is_file(one)])
    kept: list[FileValue] = []
    refused: list[FilesRefused] = []
    for one in sent:
        try:
            kept.append(_received(one, takes.column))
        except ValidationError as error:
            refused.append(FilesRefused(error, kept, clean_name(getattr(one, "name", ""), "")))
    if refused:
        raise refused[0]
    return kept


def _received(given: Any, column: Column) -> FileValue:
    if isinstance(given, File):
        with bounded():
            return keep(column, given)
    value = _value_of(given) if isinstance(given, str) else given
    if not (is_file(value) and is_size(value.get("size")) and isinstance(value.get("type"), str)):
        raise ValidationError(_("This is not a file."))
    refuse_unfit(column, value)  # another handler may have been content with it
    return dict(value)


def _value_of(text: str) -> Any:
    try:
        return parse_json(text)
    except InvalidJSON:
        return None


def attach_files(values: Sequence[FileValue], conversation_id: object) -> None:
    """Let a conversation, whose session is held, have the files of a message. Raises ``FilesRefused``."""
    place = conversation_key(str(conversation_id))
    limit = int(settings.CAPSULE_CONVERSATION_FILES)
    if size_attached(place) + sum(value["size"] for value in values) > limit:
        sentence = _("A conversation holds at most %(limit)s of files. Begin another one for these.")
        raise FilesRefused(ValidationError(sentence % {"limit": filesizeformat(limit)}), values)
    try:
        attach(values, place)
    except ValidationError as error:
        raise FilesRefused(error) from None
