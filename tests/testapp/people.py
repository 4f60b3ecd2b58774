"""What the people of the suites have in common."""

from __future__ import annotations

__all__ = ["PASSWORD"]

PASSWORD = "correct horse battery"
