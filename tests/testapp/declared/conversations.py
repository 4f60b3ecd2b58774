"""Declarations that the suites of this layer use."""

from __future__ import annotations

from collections_app import Column, collection

__all__ = ["jottings"]

jottings = collection(
    "test_jottings", columns=[Column("text")], scope="session", access="public", editable=True
)
