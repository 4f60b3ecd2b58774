"""The first of the installed apps: it reads every app's declarations before anybody derives from them."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from capsule.deadlines import limit_statements

__all__ = ["CapsuleConfig"]


class CapsuleConfig(AppConfig):
    name = "capsule"

    def ready(self) -> None:
        limit_statements()
        # declarations.py first: handlers.py and views.py may use what it declares.
        autodiscover_modules("declarations")
        autodiscover_modules("handlers")
        autodiscover_modules("views")
