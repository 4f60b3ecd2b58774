"""Whether what is done in a block can be taken back, and where: told by whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

__all__ = ["Undo", "knows_undo", "noting_undo"]

# Says after a block where a POST takes back all that was written in it; nothing where none would.
Undo = Callable[[], str]

_notes: list[Callable[[], AbstractContextManager[Undo]]] = []


def knows_undo(note: Callable[[], AbstractContextManager[Undo]]) -> None:
    """Let a layer note what it writes within a block, and say afterwards where that is taken back.

    Example: ``knows_undo(noting_written)``
    """
    _notes.append(note)


@contextmanager
def noting_undo() -> Iterator[Undo]:
    """Note what is written within the block.

    Example::

        with noting_undo() as undo:
            row.patch({"status": "closed"})
        say_done(request, "The thread was closed.", undo())
    """
    with ExitStack() as stack:
        noted = [stack.enter_context(note()) for note in _notes]
        yield lambda: next(filter(None, (undo() for undo in noted)), "")
