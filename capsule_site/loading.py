"""No garbage is collected while the server or a command loads: what is loaded stays.

Python's collector walks through all there is again and again while it grows, which takes a seventh of the
server's start and a quarter of a command. Once all is loaded it goes on, and never again looks at what was
there then.
"""

from __future__ import annotations

import gc

__all__ = ["begin", "end"]


def begin() -> None:
    """Before anything large is imported."""
    gc.disable()


def end() -> None:
    """After all is loaded. What little garbage there is by now stays: to find it takes longer than a page."""
    gc.freeze()
    gc.enable()
