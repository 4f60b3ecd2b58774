"""What Daphne serves in ``make dev``: the very site, with ``/_dev/`` before it."""

from __future__ import annotations

from capsule_site.asgi import application as site
from capsule_site.dev.following import following

__all__ = ["application"]

application = following.before(site)
