"""What a write says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DeleteResult", "UpdateResult"]


class _ReadsAsDict(Mapping[str, Any]):
    """A dataclass whose fields are a dict's keys too."""

    def __getitem__(self, name: str) -> Any:
        try:
            return self._said[name]
        except KeyError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    @property
    def _said(self) -> dict[str, Any]:
        return vars(self)

    def __bool__(self) -> bool:
        # Neither a count nor a question: `if result:` would hold for "nothing matched" too.
        return True


@dataclass(frozen=True, eq=False)  # equal to a dict of the same, as a Mapping is
class UpdateResult(_ReadsAsDict):
    """How many rows matched, how many are different now, and the id of one that an upsert made.

    ``looked_through`` is the key of the one scope that was looked through, where there are others.

    Example: ``threads.update_many({"status": "new"}, {"status": "open"})["modified"]``
    """

    matched: int
    modified: int
    upserted_id: str | None = None
    looked_through: str = field(default="", repr=False)

    @property
    def _said(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "looked_through"}

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.items())
        whose = (
            f" of {self.looked_through} alone; across_scopes() looks through all" if not self.matched else ""
        )
        return f"UpdateResult({said}){whose if self.looked_through else ''}"


@dataclass(frozen=True, eq=False)  # equal to a dict of the same, as a Mapping is
class DeleteResult(_ReadsAsDict):
    """How many rows were deleted.

    Reads as a dict too. Example: ``threads.delete_many({"status": "closed"}).deleted``
    """

    deleted: int
