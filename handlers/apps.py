from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.forms import BaseForm
from django.utils.translation import gettext_lazy as _

from capsule.identity import Identity, current_identity
from capsule.injection import injectable, injectable_kind
from handlers import checks
from handlers.caching import forget_all
from handlers.forms import FormProvider
from handlers.running import warn_of_writing
from live.changes import before_changes

__all__ = ["HandlersConfig"]


class HandlersConfig(AppConfig):
    name = "handlers"
    verbose_name = _("Data handlers")

    def ready(self) -> None:
        checks.register()
        post_migrate.connect(forget_all, sender=self, dispatch_uid="handlers.caching")
        before_changes(warn_of_writing)
        injectable(Identity, lambda request: current_identity())
        injectable_kind(BaseForm, FormProvider)
