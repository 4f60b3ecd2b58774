"""What there is to see, as a name: an open page that knows another one has something to fetch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Kind", "State"]

Kind = Literal["build", "page", "style", "script"]


@dataclass(frozen=True)
class State:
    """How often each kind of file has changed since ``make dev`` began.

    Example: ``str(State("x7").after({"style"})) == "x7.0.0.1.0"``
    """

    run: str  # which `make dev`
    build: int = 0  # Python: the site starts anew
    page: int = 0  # templates: it draws anew
    style: int = 0
    script: int = 0

    def __str__(self) -> str:
        return f"{self.run}.{self.build}.{self.page}.{self.style}.{self.script}"

    def after(self, kinds: Iterable[Kind]) -> State:
        """The state after files of these kinds have changed."""
        return replace(self, **{kind: getattr(self, kind) + 1 for kind in set(kinds)})

    @classmethod
    def named(cls, name: str) -> State:
        """The state of that name. Raises ``ValueError`` where there is none."""
        run, *counts = name.split(".")
        if len(counts) != 4:
            raise ValueError(f"{name!r} is not the name of a state.")
        return cls(run, *map(int, counts))
