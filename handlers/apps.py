from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from capsule.identity import Identity, current_identity
from capsule.injection import injectable
from handlers import checks

__all__ = ["HandlersConfig"]


class HandlersConfig(AppConfig):
    name = "handlers"
    verbose_name = _("Data handlers")

    def ready(self) -> None:
        checks.register()
        injectable(Identity, lambda request: current_identity())
