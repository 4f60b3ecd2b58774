"""The history of settings in the admin: looked at, never edited; and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from settings_app.admin.fields import HIDDEN, declared, is_open, shown_value
from settings_app.admin.lists import LayerFilter, NamedList
from settings_app.admin.reads import ReadsNoted
from settings_app.models import SettingChange
from settings_app.values import put_back
from settings_app.whose import people_named, scopes_in_words

__all__ = ["SettingChangeAdmin"]


@admin.register(SettingChange)
class SettingChangeAdmin(ReadsNoted):
    """Old, new, who, when and from where; "Set the old value again" for who may change values."""

    list_display = ("changed_at", "title", "before", "after", "whose", "person", "source")
    list_filter = [LayerFilter, "source", "name"]
    search_fields = ["name"]
    fields = ("changed_at", "title", "before", "after", "whose", "person", "source")
    readonly_fields = fields
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["revert"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("name", "scope_key") or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SettingChange | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SettingChange | None = None) -> bool:
        return False

    def has_revert_permission(self, request: HttpRequest) -> bool:
        """Going back is a change of the value."""
        return bool(request.user.has_perm("settings_app.change_settingvalue"))

    @admin.action(description=_("Set the old value again"), permissions=["revert"])
    def revert(self, request: HttpRequest, queryset: QuerySet[SettingChange]) -> None:
        """Set what stood before each of the chosen changes; one change of each value."""
        chosen = list(queryset)
        if len({(one.name, one.scope_key) for one in chosen}) != len(chosen):
            self.message_user(request, _("Choose one change of each value."), messages.ERROR)
            return
        problems = [(one, why) for one in chosen if (why := _reverted(one))]
        for one, why in problems:
            self.message_user(request, f"{self.title(one)}: {why}", messages.ERROR)
        done = len(chosen) - len(problems)
        if done:
            sentence = ngettext("%(count)d value was set again.", "%(count)d values were set again.", done)
            self.message_user(request, sentence % {"count": done}, messages.SUCCESS)

    @admin.display(description=_("setting"), ordering="name")
    def title(self, row: SettingChange) -> str:
        setting = declared(row.name)
        return setting.title if setting is not None else row.name

    @admin.display(description=_("old value"))
    def before(self, row: SettingChange) -> str:
        return _shown(row, row.old)

    @admin.display(description=_("new value"))
    def after(self, row: SettingChange) -> str:
        return _shown(row, row.new)

    @admin.display(description=_("for"), ordering="scope_key")
    def whose(self, row: SettingChange) -> str:
        found = getattr(row, "scope_words", None)
        return found or scopes_in_words([row.scope_key])[row.scope_key]

    @admin.display(description=_("changed by"))
    def person(self, row: SettingChange) -> str:
        found: str | None = getattr(row, "person_words", None)
        return people_named([row.changed_by]).get(row.changed_by, "") if found is None else found


def _shown(row: SettingChange, value: Any) -> str:
    if value is None:
        return str(_("not set"))
    setting = declared(row.name)
    is_secret = row.secret or (setting is not None and setting.secret)
    return HIDDEN if is_secret else shown_value(setting, value)


def _reverted(change: SettingChange) -> str:
    """Set the old value again, and return nothing; or why it cannot be."""
    setting = declared(change.name)
    if setting is None or not is_open(change.name):
        return str(_("This cannot be changed here."))
    if (change.secret or setting.secret) and change.old is not None:
        return str(_("The history does not hold secrets."))
    try:
        put_back(setting, change.scope_key, change.old)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
