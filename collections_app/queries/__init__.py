"""Mongo documents and Django lookups become one tree; the tree becomes the ORM's expressions."""

from __future__ import annotations

from collections_app.queries.query import Query

__all__ = ["Query"]
