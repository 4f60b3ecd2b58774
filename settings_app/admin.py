"""Settings in the admin: what is set, for whom, by whom. A change passes the same door as everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from settings_app.declarations import Setting, settings_registry
from settings_app.forms import new_field
from settings_app.models import SettingValue
from settings_app.values import reset_at, write_at
from settings_app.whose import people_named, scopes_in_words

if TYPE_CHECKING:
    # Django's own classes take no type argument when the program runs.
    ValueModelForm = forms.ModelForm[SettingValue]
    ValueModelAdmin = admin.ModelAdmin[SettingValue]
else:
    ValueModelForm = forms.ModelForm
    ValueModelAdmin = admin.ModelAdmin

__all__ = ["SettingValueAdmin", "SettingValueForm"]


def declared(row: SettingValue) -> Setting[Any] | None:
    """The row's declaration; ``None`` for a setting that is no longer declared."""
    return settings_registry.get(row.name) if row.name in settings_registry else None


class SettingValueForm(ValueModelForm):
    """The setting's own field in place of a field of JSON."""

    class Meta:
        model = SettingValue
        fields = ["value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        setting = declared(self.instance)
        if setting is not None and "value" in self.fields:
            self.fields["value"] = new_field(setting)


class _NamedChangeList(ChangeList):
    """Finds the names of the page's scopes and people in two queries, not two a row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        scopes = scopes_in_words(row.scope_key for row in rows)
        people = people_named(row.updated_by for row in rows)
        for row in rows:
            row.scope_words = scopes[row.scope_key]
            row.person_words = people.get(row.updated_by, "")
        self.result_list = rows


@admin.register(SettingValue)
class SettingValueAdmin(ValueModelAdmin):
    form = SettingValueForm
    list_display = ["title", "shown_value", "whose", "person", "updated_at", "version"]
    list_filter = ["name"]
    search_fields = ["name"]
    fields = ["title", "value", "whose", "person", "updated_at", "version"]
    readonly_fields = ["title", "whose", "person", "updated_at", "version"]
    ordering = ["name", "scope_key"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _NamedChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a value begins on the site, where its scope is known

    def has_change_permission(self, request: HttpRequest, obj: SettingValue | None = None) -> bool:
        known = obj is None or declared(obj) is not None
        return known and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: SettingValue, form: Any, change: bool) -> None:
        write_at(obj.name, obj.scope_key, obj.value, by=str(request.user.pk))

    def delete_model(self, request: HttpRequest, obj: SettingValue) -> None:
        reset_at(obj.name, obj.scope_key)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SettingValue]) -> None:
        for row in queryset:
            reset_at(row.name, row.scope_key)

    def get_view_on_site_url(self, obj: SettingValue | None = None) -> str | None:
        if obj is None or declared(obj) is None:
            return None
        return reverse("settings_app:setting", args=[obj.name])

    @admin.display(description=_("setting"), ordering="name")
    def title(self, row: SettingValue) -> str:
        setting = declared(row)
        return setting.title if setting is not None else row.name

    @admin.display(description=_("value"))
    def shown_value(self, row: SettingValue) -> Any:
        return row.value

    @admin.display(description=_("for"), ordering="scope_key")
    def whose(self, row: SettingValue) -> str:
        found = getattr(row, "scope_words", None)
        return found or scopes_in_words([row.scope_key])[row.scope_key]

    @admin.display(description=_("set by"))
    def person(self, row: SettingValue) -> str:
        found: str | None = getattr(row, "person_words", None)
        return people_named([row.updated_by]).get(row.updated_by, "") if found is None else found
