from __future__ import annotations

from django.apps import AppConfig


class StorageBenchmarkConfig(AppConfig):
    name = "benchmarks.storage"
    label = "bench_storage"
    default_auto_field = "django.db.models.BigAutoField"
