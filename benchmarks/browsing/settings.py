"""The site with its demo, and the collection that is browsed."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.storage", "benchmarks.browsing"]  # the former fills tables
