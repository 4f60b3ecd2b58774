from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

__all__ = ["DeclaredConfig"]


class DeclaredConfig(AppConfig):
    name = "declared"
    verbose_name = _("What is declared")

    def ready(self) -> None:
        # Not at the top: what is declared is known once every app is loaded.
        from declared import checks

        checks.register_checks()
