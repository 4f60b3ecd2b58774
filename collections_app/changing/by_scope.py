"""A collection's columns scope by scope, for whoever works with rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from capsule.errors import NoIdentity, ScopeError
from collections_app.changing.columns import InForce, Step
from collections_app.changing.knowledge import in_force_in, may_be_changed
from collections_app.declarations import Declaration
from collections_app.documents import DocumentCleaner

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["ByScope", "Settle"]

Document = dict[str, Any]
Settle = Callable[[Document, str], Document]  # of a document and its scope


class ByScope:
    """What is in force in each scope. Without one, across scopes or for nobody, it is as declared."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def in_force(self, scope_key: str | None) -> InForce | None:
        """What is in force in a scope; ``None`` where that is what was declared."""
        if scope_key is None or not may_be_changed(self.collection.name):
            return None
        return in_force_in(self.collection, scope_key)

    @property
    def scope_key(self) -> str | None:
        """The one scope that the handle sees; not asked for where no scope has changed anything."""
        if not may_be_changed(self.collection.name):
            return None
        try:
            return self.collection.one_scope()
        except (ScopeError, NoIdentity):
            return None  # whoever then reads or writes is told so

    def declaration(self, scope_key: str | None) -> Declaration:
        """The declaration with the columns of a scope."""
        found = self.in_force(scope_key)
        return self.collection.declaration if found is None else found.declaration

    def cleaner(self, scope_key: str | None) -> DocumentCleaner:
        """Through which the documents of a scope enter."""
        found = self.in_force(scope_key)
        return self._declared_cleaner if found is None else found.cleaner

    @cached_property
    def _declared_cleaner(self) -> DocumentCleaner:
        return DocumentCleaner(self.collection.declaration)

    def step(self, scope_key: str | None) -> Step | None:
        """What is still to be done to the values of a scope."""
        found = self.in_force(scope_key)
        return None if found is None else found.step

    def of_today(self, document: Document, scope_key: str) -> Document:
        """An old document with its values under the keys that they have moved to since."""
        found = self.in_force(scope_key)
        return document if found is None else found.of_today(document)

    def settling(self) -> Settle | None:
        """What documents are read through while values are on their way; ``None`` where none are."""
        if not may_be_changed(self.collection.name):
            return None
        one = self.scope_key
        if one is not None:
            step = self.step(one)
            return None if step is None else lambda document, _scope_key: step.settled(document)
        steps: dict[str, Step | None] = {}

        def settle(document: Document, scope_key: str) -> Document:
            if scope_key not in steps:
                steps[scope_key] = self.step(scope_key)
            step = steps[scope_key]
            return document if step is None else step.settled(document)

        return settle
