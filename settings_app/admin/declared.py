"""What can be set for the whole site, whether or not anybody has: a list, and a form for each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from capsule.scopes import APP_KEY
from settings_app.admin.fields import KEPT, admin_field, declared, is_open, shown_value
from settings_app.admin.reads import ReadsNoted
from settings_app.declarations import MISSING, Setting, settings_registry
from settings_app.models import SettingValue
from settings_app.values import write_at
from settings_app.whose import people_named

__all__ = ["DeclaredViews"]


class _SiteForm(forms.Form):
    def __init__(self, setting: Setting[Any], data: Any = None) -> None:
        super().__init__(data, initial={"value": setting.default})
        self.fields["value"] = admin_field(setting, None)


class DeclaredViews(ReadsNoted):
    """The addresses of what is declared. Whoever may look sees the list; a POST sets the site's value."""

    change_list_template = "admin/settings_app/settingvalue/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("declared/", self.admin_site.admin_view(self.declared_view), name=f"{self._name}_declared"),
            path(
                "declared/<str:name>/", self.admin_site.admin_view(self.site_view), name=f"{self._name}_site"
            ),
        ]
        return [*own, *super().get_urls()]

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's, with the way to all that can be set."""
        address = reverse(f"admin:{self._name}_declared")
        return super().changelist_view(request, {"declared_address": address, **(extra_context or {})})

    def declared_view(self, request: HttpRequest) -> HttpResponse:
        """Every setting that may have a value for the whole site, with the one it has, by section."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = {row.name: row for row in SettingValue.objects.filter(scope_key=APP_KEY)}
        names = people_named({row.updated_by for row in rows.values()} - {""})
        found = sorted(
            (one for one in settings_registry if "app" in one.layers), key=lambda one: str(one.section or "")
        )
        listed = [
            {
                "setting": one,
                "row": rows.get(one.name),
                "default": "" if one.secret else shown_value(one, one.default),
                "value": shown_value(one, rows[one.name].value) if one.name in rows else MISSING,
                "is_set": one.name in rows,
                "who": names.get(rows[one.name].updated_by, "") if one.name in rows else "",
                "address": reverse(f"admin:{self._name}_site", args=[one.name]) if is_open(one.name) else "",
            }
            for one in found
        ]
        return self._page(request, "declared", _("What can be set for everybody"), listed=listed)

    def site_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """The form that sets a setting for everybody for the first time; one that is set has its own page."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        setting = declared(name)
        if setting is None or "app" not in setting.layers:
            raise Http404
        if not is_open(name):
            raise PermissionDenied(_("This is set by the site itself."))
        row = SettingValue.objects.filter(name=name, scope_key=APP_KEY).first()
        if row is not None:
            return HttpResponseRedirect(reverse(f"admin:{self._name}_change", args=[row.pk]))
        form = _SiteForm(setting, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            return self._set(request, setting, form.cleaned_data["value"])
        return self._page(request, "site", setting.title, form=form, setting=setting)

    def _set(self, request: HttpRequest, setting: Setting[Any], value: Any) -> HttpResponse:
        if value is KEPT:
            messages.warning(request, _("Nothing was typed, and nothing was set."))
        else:
            write_at(setting, APP_KEY, value, by=str(request.user.pk))
            messages.success(request, _("“%(setting)s” is set.") % {"setting": setting.title})
        return HttpResponseRedirect(reverse(f"admin:{self._name}_declared"))

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(
            request, f"admin/settings_app/settingvalue/{template}.html", {**shared, **context}
        )
