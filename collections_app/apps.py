from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

__all__ = ["CollectionsConfig"]


class CollectionsConfig(AppConfig):
    name = "collections_app"
    verbose_name = _("Collections")

    def ready(self) -> None:
        # These need the models of other apps, so they cannot be imported before all are loaded.
        from collections_app import checks, functions, moving, taking_back  # noqa: F401, PLC0415
        from collections_app.aggregates import sqlite  # noqa: PLC0415
        from collections_app.modelled import following, signals  # noqa: PLC0415

        moving.register()
        taking_back.register()
        signals.watch_models()
        following.listen_to_models()
        sqlite.register()
