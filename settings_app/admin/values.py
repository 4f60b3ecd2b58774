"""Settings in the admin: what is set, for whom, by whom. A change passes the same door as everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from settings_app.admin.declared import DeclaredViews
from settings_app.admin.fields import KEPT, admin_field, declared, is_open, shown_value
from settings_app.admin.lists import LayerFilter, NamedList
from settings_app.declarations import settings_registry
from settings_app.models import SettingValue
from settings_app.values import reset_at, write_at
from settings_app.whose import people_named, scopes_in_words

if TYPE_CHECKING:
    # Django's own classes take no type argument when the program runs.
    ValueModelForm = forms.ModelForm[SettingValue]
else:
    ValueModelForm = forms.ModelForm

__all__ = ["SettingValueAdmin", "SettingValueForm"]


class SettingValueForm(ValueModelForm):
    """The setting's own field in place of a field of JSON."""

    class Meta:
        model = SettingValue
        fields = ["value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        setting = declared(self.instance.name)
        if setting is not None and "value" in self.fields:
            self.fields["value"] = admin_field(setting, self.instance.value)

    def clean(self) -> dict[str, Any]:
        """A secret that was not typed anew stays what it is."""
        cleaned = super().clean() or self.cleaned_data
        self.is_kept = cleaned.get("value") is KEPT
        return {**cleaned, "value": self.instance.value} if self.is_kept else cleaned


@admin.register(SettingValue)
class SettingValueAdmin(DeclaredViews):
    form = SettingValueForm
    list_display = ["title", "shown", "whose", "person", "updated_at", "version"]
    list_filter = [LayerFilter, "name"]
    search_fields = ["name"]
    fields = ["title", "value", "whose", "person", "updated_at", "version"]
    readonly_fields = ["title", "whose", "person", "updated_at", "version"]
    ordering = ["name", "scope_key"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a value begins on the site, where its scope is known

    def has_change_permission(self, request: HttpRequest, obj: SettingValue | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or is_open(obj.name))

    def has_delete_permission(self, request: HttpRequest, obj: SettingValue | None = None) -> bool:
        # What is no longer declared may be cleared away.
        is_gone = obj is not None and declared(obj.name) is None
        return super().has_delete_permission(request, obj) and (obj is None or is_gone or is_open(obj.name))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The changes of this value, from every side."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        query = urlencode({"name": row.name, "scope_key": row.scope_key})
        return HttpResponseRedirect(f"{reverse('admin:settings_app_settingchange_changelist')}?{query}")

    def save_model(self, request: HttpRequest, obj: SettingValue, form: Any, change: bool) -> None:
        if not form.is_kept:
            write_at(settings_registry.get(obj.name), obj.scope_key, obj.value, by=str(request.user.pk))

    def delete_model(self, request: HttpRequest, obj: SettingValue) -> None:
        reset_at(obj.name, obj.scope_key, by=str(request.user.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SettingValue]) -> None:
        for row in queryset:
            reset_at(row.name, row.scope_key, by=str(request.user.pk))

    def get_view_on_site_url(self, obj: SettingValue | None = None) -> str | None:
        if obj is None or declared(obj.name) is None:
            return None
        return reverse("settings_app:setting", args=[obj.name])

    @admin.display(description=_("setting"), ordering="name")
    def title(self, row: SettingValue) -> str:
        setting = declared(row.name)
        return setting.title if setting is not None else row.name

    @admin.display(description=_("value"))
    def shown(self, row: SettingValue) -> str:
        return shown_value(declared(row.name), row.value)

    @admin.display(description=_("for"), ordering="scope_key")
    def whose(self, row: SettingValue) -> str:
        found = getattr(row, "scope_words", None)
        return found or scopes_in_words([row.scope_key])[row.scope_key]

    @admin.display(description=_("set by"))
    def person(self, row: SettingValue) -> str:
        found: str | None = getattr(row, "person_words", None)
        return people_named([row.updated_by]).get(row.updated_by, "") if found is None else found
