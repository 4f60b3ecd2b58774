"""The name of a thing that can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

__all__ = ["Kind", "Topic"]

Kind = Literal["collection", "model", "setting", "conversation", "access", "stream", "turns"]


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """One thing that can change: a collection or a setting in one scope, a conversation, a person's access.

    Its text is its name in the version table: ``collection:threads:org:1``. ``model`` are the rows of a
    Django model that no declaration names, ``stream`` is the text of a conversation's reply while it grows,
    ``turns`` the work that is queued.

    Example: ``Topic("collection", "prices", "app")``
    """

    kind: Kind
    name: str
    scope_key: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, [self.kind, self.name, self.scope_key]))

    @classmethod
    def named(cls, text: str) -> Topic:
        """The topic of a text: ``Topic.named("setting:theme:app") == Topic("setting", "theme", "app")``."""
        kind, name, scope_key = [*text.split(":", 2), "", ""][:3]
        return cls(cast(Kind, kind), name, scope_key)
