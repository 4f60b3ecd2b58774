from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from live import layer, watch
from live.hub import hub
from live.keeping import forget_all

__all__ = ["LiveConfig"]


class LiveConfig(AppConfig):
    name = "live"

    def ready(self) -> None:
        hub.at_start(watch.start)
        hub.at_start(layer.start)
        post_migrate.connect(forget_all, sender=self, dispatch_uid="live.keeping")
