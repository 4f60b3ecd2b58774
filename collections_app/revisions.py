"""What a write makes of a document: an update changes it, a replacement takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.documents import DocumentCleaner
from collections_app.errors import BadCall
from collections_app.paths import is_operator
from collections_app.queries.tree import Node
from collections_app.rows import Row
from collections_app.updates import Update
from collections_app.upserting import document_from, refuse_id

__all__ = ["Replacement", "Revision", "UpdateOf"]


class Revision(Protocol):
    """What becomes of a document, by the cleaner of its scope.

    Raises ``ValidationError`` by key for one that cannot be. ``keys`` are those that somebody writes.
    """

    @property
    def keys(self) -> Iterable[str]: ...

    def revised(self, document: dict[str, Any], id: str, cleaner: DocumentCleaner) -> dict[str, Any]:
        """The document of the row ``id`` as it shall be, clean."""

    def created(self, node: Node, cleaner: DocumentCleaner) -> dict[str, Any]:
        """The document that an upsert makes where nothing matches ``node``, clean."""


@dataclass(frozen=True, slots=True)
class UpdateOf:
    """A document is changed."""

    update: Update

    @property
    def keys(self) -> Iterable[str]:
        return self.update.keys

    def revised(self, document: dict[str, Any], id: str, cleaner: DocumentCleaner) -> dict[str, Any]:
        return self.update.revised(document, id, cleaner)

    def created(self, node: Node, cleaner: DocumentCleaner) -> dict[str, Any]:
        return self.update.created(document_from(node, cleaner), cleaner)


class Replacement:
    """A document takes the place of another. It may carry the id of the row, and no other."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if isinstance(document, Mapping) and any(is_operator(key) for key in document):
            raise BadCall("A replacement is a whole document; operators belong to an update.")
        if isinstance(document, Row):
            document = {**document.document, "_id": document.id}
        self.document = document

    @property
    def keys(self) -> Iterable[str]:
        document = self.document if isinstance(self.document, Mapping) else {}
        return [key for key in document if isinstance(key, str)]

    def revised(self, document: dict[str, Any], id: str, cleaner: DocumentCleaner) -> dict[str, Any]:
        own = self.document
        if isinstance(own, Mapping) and "_id" in own:
            if str(own["_id"]) != id:
                raise ValidationError({"_id": [_("The row's id cannot be changed.")]})
            own = {key: value for key, value in own.items() if key != "_id"}
        return cleaner.document(own)

    def created(self, node: Node, cleaner: DocumentCleaner) -> dict[str, Any]:
        refuse_id(node, cleaner)
        return cleaner.document(self.document)
