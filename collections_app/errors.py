"""What can go wrong with a document on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from capsule.errors import CapsuleError

if TYPE_CHECKING:
    from collections_app.rows import Row

__all__ = ["Conflict", "UnscopedAccess"]


class Conflict(CapsuleError):
    """Somebody else changed the document since it was read; nothing was written.

    ``current`` is the row as it is now, ``fields`` the keys on which the two differ (none for a strict
    ``version=``, which asks about the whole row).
    """

    def __init__(self, current: Row, fields: Sequence[str] = ()) -> None:
        about = f" in {', '.join(fields)}" if fields else ""
        super().__init__(f"Document {current.id} was changed by somebody else{about}.")
        self.current = current
        self.fields = list(fields)


class UnscopedAccess(CapsuleError, RuntimeError):
    """A document's model was used past its collection, where no scope would apply."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Documents of '{name}' are reached through their collection, which applies the scope: "
            "use its handle, handle.in_scope_of(identity), or handle.across_scopes() for administration."
        )
