"""What the suites use, by layer."""

from __future__ import annotations

from tests.testapp.declared import collections, conversations, desk, handlers, pages, settings, types

__all__ = ["collections", "conversations", "desk", "handlers", "pages", "settings", "types"]
