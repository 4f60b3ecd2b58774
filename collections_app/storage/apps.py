from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from capsule.permissions import also_permissions_of

__all__ = ["StorageConfig"]


class StorageConfig(AppConfig):
    name = "collections_app.storage"
    label = "collections_store"
    verbose_name = "Collections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The models can only be made once every app's declarations are known, which is now.
        from collections_app.storage.building import build_models  # noqa: PLC0415
        from collections_app.storage.permissions import codenames_of  # noqa: PLC0415
        from collections_app.storage.tripwire import install  # noqa: PLC0415

        build_models()
        install()
        also_permissions_of(codenames_of)
        post_migrate.connect(_bring_in_step, sender=self, dispatch_uid="collections_app.storage.sync")


def _bring_in_step(using: str, verbosity: int = 1, **kwargs: Any) -> None:
    from collections_app.storage.permissions import create_permissions  # noqa: PLC0415
    from collections_app.storage.syncing import apply  # noqa: PLC0415

    apply(using, verbosity=verbosity)
    create_permissions(using)
