"""Data handlers, whose JSON is at ``/data/<name>``, and actions, which are done at ``/actions/<name>/``."""

from __future__ import annotations

from handlers.actions import Action, action
from handlers.declarations import Handler, data

__all__ = ["Action", "Handler", "action", "data"]
