"""Data handlers: functions whose JSON is served, typed and checked, at ``/data/<name>``."""

from __future__ import annotations

from handlers.declarations import Handler, data

__all__ = ["Handler", "data"]
