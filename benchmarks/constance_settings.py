"""The benchmarks' settings with django-constance beside ours: see ``constance_read``."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import CAPSULE_VAR, INSTALLED_APPS

NUMBER = 50
INSTALLED_APPS = [*INSTALLED_APPS, "constance"]
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_CONFIG = {f"BENCH_{at}": (7, "a number") for at in range(NUMBER)}
CONSTANCE_DATABASE_CACHE_BACKEND = "default"
# It refuses Django's cache in memory, which other processes would not see.
if url := os.environ.get("BENCH_REDIS_URL", ""):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
else:
    folder = Path(CAPSULE_VAR) / "cache"
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(folder)}
    }
