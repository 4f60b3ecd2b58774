"""What a state is, and the list of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from capsule.widgets import Widget

__all__ = ["Draw", "State", "find_state", "state", "states"]

Draw = Callable[[HttpRequest], Widget | SafeString]


@dataclass(frozen=True)
class State:
    """One widget in one state.

    ``shows`` are the names under which the code knows what is seen: ``situation:empty``,
    ``notice:failed``. A test compares them with what the code can produce.
    """

    widget: str
    name: str
    says: str
    draw: Draw
    shows: frozenset[str]
    language: str = ""  # other than the person's own

    @property
    def title(self) -> str:
        """As its page is called: ``Table: no match``."""
        return f"{self.widget.replace('-', ' ').capitalize()}: {self.name.replace('-', ' ')}"

    @property
    def address(self) -> str:
        """Where it is seen."""
        return reverse("states:state", args=[self.widget, self.name])


_states: dict[tuple[str, str], State] = {}


def state(widget: str, name: str, says: str, *shows: str, language: str = "") -> Callable[[Draw], Draw]:
    """Register a state: the decorated function draws it. Raises ``ValueError`` for a second of that name.

    Example::

        @state("table", "empty", "There is nothing yet, and a next step.", "situation:empty")
        def empty(request: HttpRequest) -> SafeString: ...
    """

    def register(draw: Draw) -> Draw:
        if (widget, name) in _states:
            raise ValueError(f"There is a state '{name}' of '{widget}' already.")
        _states[widget, name] = State(widget, name, says, draw, frozenset(shows), language)
        return draw

    return register


def states() -> Iterator[State]:
    """All of them, in the order in which they were registered."""
    return iter(_states.values())


def find_state(widget: str, name: str) -> State | None:
    """The state of that name."""
    return _states.get((widget, name))
