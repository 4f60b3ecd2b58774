"""The name of a thing that can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Topic"]


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """One thing that can change: a collection or a setting in one scope, a conversation.

    Its text is its name in the version table: ``collection:threads:org:1``.
    """

    kind: Literal["collection", "setting", "conversation", "access"]
    name: str
    scope_key: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, [self.kind, self.name, self.scope_key]))
