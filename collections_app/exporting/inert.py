"""Texts that no spreadsheet takes for a formula, and the way back."""

from __future__ import annotations

__all__ = ["SIGNS", "inert", "restored"]

# What makes a spreadsheet calculate, at once or when it trims the cell: full width too, as some do.
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
MARK = "'"


def inert(text: str) -> str:
    """``text`` with an apostrophe in front where it would be a formula, or begins with one itself.

    Example: ``inert("=1+1") == "'=1+1"`` and ``inert("'tis") == "''tis"``
    """
    return f"{MARK}{text}" if text.startswith((*SIGNS, MARK)) else text


def restored(text: str) -> str:
    """What ``inert`` was given: exactly one apostrophe is taken away."""
    return text.removeprefix(MARK)
