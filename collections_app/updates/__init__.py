"""Mongo's update operators, applied to a document under its row's lock or by one statement."""

from __future__ import annotations

from collections_app.updates.parsing import OPERATORS, Update, parse_update
from collections_app.updates.results import DeleteResult, UpdateResult

__all__ = ["OPERATORS", "DeleteResult", "Update", "UpdateResult", "parse_update"]
