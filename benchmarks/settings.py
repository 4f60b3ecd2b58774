"""The site's own settings, with what the benchmarks declare and the peers that they compare with."""

from __future__ import annotations

import os

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import CAPSULE_KEPT_HTML, CAPSULE_KEPT_ORDERS, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.ours", "benchmarks.reference"]
ROOT_URLCONF = "benchmarks.ours.urls"

# A server of a benchmark may keep nothing, or only some of it: see benchmarks/sites.py.
CAPSULE_KEPT_HTML = int(os.environ.get("BENCH_KEPT_HTML", CAPSULE_KEPT_HTML))
CAPSULE_KEPT_ORDERS = int(os.environ.get("BENCH_KEPT_ORDERS", CAPSULE_KEPT_ORDERS))
