"""The site's own settings, with the peers that the benchmarks compare with."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.reference"]
