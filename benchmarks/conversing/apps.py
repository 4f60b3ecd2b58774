from __future__ import annotations

from django.apps import AppConfig


class ConversingConfig(AppConfig):
    name = "benchmarks.conversing"
    label = "conversing"
