"""The real server as a process of its own: see ``capsule_testing.serving``."""

from __future__ import annotations

from capsule_testing.serving import ROOT, Site, environment_of

__all__ = ["ROOT", "Site", "environment_of"]
