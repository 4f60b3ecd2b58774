"""Django's admin with each collection under the heading of the app that declares it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, re_path, reverse

from collections_app.declaring import collections
from collections_app.handle import STORE
from collections_app.storage.naming import model_name

__all__ = ["CapsuleAdminSite"]


class CapsuleAdminSite(AdminSite):
    """The models of collections share one app label; people look for them where they were declared."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's list, with every collection moved to its own app."""
        if app_label == STORE:  # the breadcrumbs of a collection lead here: all of them
            return list(super().get_app_list(request, app_label))
        groups = {group["app_label"]: group for group in super().get_app_list(request)}
        store = groups.pop(STORE, None)
        owners = {model_name(handle.name): handle.declaration.app_label for handle in collections}
        for entry in store["models"] if store is not None else []:
            owner = owners[entry["object_name"]]
            group = groups.setdefault(owner, self._group(owner))
            group["models"] = sorted([*group["models"], entry], key=lambda model: str(model["name"]).lower())
        found = sorted(groups.values(), key=lambda group: str(group["name"]).lower())
        return [group for group in found if app_label in (None, group["app_label"])]

    def _group(self, label: str) -> dict[str, Any]:
        name = (
            apps.get_app_config(label).verbose_name
            if apps.is_installed(label) or label in apps.app_configs
            else label
        )
        return {
            "name": name,
            "app_label": label,
            "app_url": reverse("admin:app_list", args=[label], current_app=self.name),
            "has_module_perms": True,
            "models": [],
        }

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # Django knows the labels of apps with models; an app may declare collections alone.
        labels = sorted({handle.declaration.app_label for handle in collections})
        if not labels:
            return list(super().get_urls())
        route = rf"^(?P<app_label>{'|'.join(labels)})/$"
        return [re_path(route, self.admin_view(self.app_index), name="app_list"), *super().get_urls()]
