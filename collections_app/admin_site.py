"""Django's admin with each collection under the heading of the app that declares it."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path, reverse

from capsule.sources import coming_from
from collections_app.declaring import document_collections
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
        owners = {model_name(handle.name): handle.declaration.app_label for handle in document_collections()}
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

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's, and what is done in it is said to come from the admin."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def said(*args: Any, **kwargs: Any) -> Any:
            with coming_from("admin"):
                return guarded(*args, **kwargs)

        return said

    def get_urls(self) -> list[URLResolver | URLPattern]:
        on_site = path("r/<int:content_type_id>/<path:object_id>/", self.admin_view(view_on_site))
        # Django knows the labels of apps with models; an app may declare collections alone.
        labels = sorted({handle.declaration.app_label for handle in document_collections()})
        if not labels:
            return [on_site, *super().get_urls()]
        route = rf"^(?P<app_label>{'|'.join(labels)})/$"
        app_list = re_path(route, self.admin_view(self.app_index), name="app_list")
        return [on_site, app_list, *super().get_urls()]


def view_on_site(request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponseBase:
    """Django's way from a record to its own page. A document's admin names that page itself."""
    if ContentType.objects.filter(pk=content_type_id, app_label=STORE).exists():
        raise Http404
    try:
        return shortcut(request, content_type_id, object_id)
    except (
        ValidationError
    ):  # a key that is no UUID, which Django lets pass as it would not one that is no number
        raise Http404 from None
