"""The site's own settings, with what the storage benchmark declares and the models that it compares with."""

from __future__ import annotations

import os

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.storage"]
if os.environ.get("BENCH_QUICK") and DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # The suite only wants to see that it runs: a commit need not wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
