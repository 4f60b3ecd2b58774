"""JSON of other services: ``fetch_json(url)``, within limits, and its last good value while they are down."""

from __future__ import annotations

from handlers.fetching.fetching import FetchFailed, afetch_json, fetch_json
from handlers.fetching.places import PlaceRefused

__all__ = ["FetchFailed", "PlaceRefused", "afetch_json", "fetch_json"]
