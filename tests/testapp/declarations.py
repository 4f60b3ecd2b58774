"""What the suites use, by layer."""

from __future__ import annotations

from tests.testapp.declared import (
    actions,
    assistant,
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
    "actions", "assistant", "collections", "controls", "conversations", "desk", "forms", "handlers", "pages",
    "settings", "types", "wizards",
]  # fmt: skip
