from __future__ import annotations

from django.apps import AppConfig

__all__ = ["LiveConfig"]


class LiveConfig(AppConfig):
    name = "live"
