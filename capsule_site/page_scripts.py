"""The project's own scripts that run on every page."""

from __future__ import annotations

from typing import Final

__all__ = ["CAPSULE_SCRIPTS"]

# In this order; collected they are one file.
CAPSULE_SCRIPTS: Final = (
    "capsule/requests.js",
    "capsule/address.js",
    "capsule/actions.js",
    "capsule/history.js",
    "capsule/morph.js",
    "capsule/shell.js",
    "pages/finder.js",
    "capsule/times.js",
    "live/placing.js",
    "live/refresh.js",
    "live/connection.js",
    "live/every.js",
    "collections_app/table.js",
    "collections_app/drawer.js",
    "collections_app/edit.js",
)
