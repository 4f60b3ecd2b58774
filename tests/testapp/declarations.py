"""What the suites use, by layer."""

from __future__ import annotations

from tests.testapp.declared import (
    actions,
    collections,
    controls,
    conversations,
    desk,
    forms,
    handlers,
    pages,
    settings,
    types,
    wizards,
)

__all__ = [
    "actions", "collections", "controls", "conversations", "desk", "forms", "handlers", "pages", "settings",
    "types", "wizards",
]  # fmt: skip
