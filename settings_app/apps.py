from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

__all__ = ["SettingsConfig"]


class SettingsConfig(AppConfig):
    name = "settings_app"
    verbose_name = _("Settings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Not at the top: these need the models, which are loaded after this module.
        from settings_app import checks, moving, snapshots, values
        from settings_app.declarations import keep_values_in

        checks.register_checks()
        keep_values_in(values)
        moving.register_movable()
        post_migrate.connect(snapshots.forget_all, sender=self, dispatch_uid="settings_app.snapshots")
