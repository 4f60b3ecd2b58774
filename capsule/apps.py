"""The first of the installed apps: it reads every app's declarations before anybody derives from them."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from capsule.deadlines import limit_statements

__all__ = ["CapsuleConfig"]


class CapsuleConfig(AppConfig):
    name = "capsule"

    def ready(self) -> None:
        limit_statements()
        # declarations.py first: handlers.py and views.py may use what it declares.
        for name in ("declarations", "handlers", "views"):
            _read(name)


def _read(name: str) -> None:
    """Import the module of this name of each installed app, but those that the settings pass over."""
    for config in apps.get_app_configs():
        module = f"{config.name}.{name}"
        if module not in settings.CAPSULE_PASSED_OVER and module_has_submodule(config.module, name):
            import_module(module)
