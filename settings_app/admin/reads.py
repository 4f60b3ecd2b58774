"""Who has looked at somebody else's value in the admin: noted before it is shown, and kept.

A list is no reading, nor is the reading of what is one's own, or everybody's: as with documents.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.guessing import client_address
from accounts.models import Membership
from capsule.scopes import APP_KEY, organization_key, user_key
from settings_app.admin.fields import declared
from settings_app.admin.lists import NamedList
from settings_app.models import SettingRead
from settings_app.whose import scopes_in_words

__all__ = ["ReadsNoted", "SettingReadAdmin"]


class ReadsNoted(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose pages of one value are noted. All of them find the value here."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Django's, and a note that it was read by whoever may."""
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None and (
            self.has_view_permission(request, row) or self.has_delete_permission(request, row)
        ):
            note_read(request, row.name, row.scope_key)
        return row


def note_read(request: HttpRequest, name: str, scope_key: str) -> None:
    """Write down that the person reads this value, unless it is their own or everybody's."""
    person: Any = request.user
    if scope_key == APP_KEY or scope_key in _own_scopes(person):
        return
    SettingRead.objects.create(
        actor_id=str(person.pk),
        actor_name=str(person)[:254],
        address=client_address(request),
        page=request.path[:200],
        name=name,
        scope_key=scope_key,
    )


def _own_scopes(person: Any) -> Collection[str]:
    organizations = Membership.objects.filter(user=person).values_list("organization", flat=True)
    return {user_key(str(person.pk)), *(organization_key(str(id)) for id in organizations)}


@admin.register(SettingRead)
class SettingReadAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The readings, for superusers to look at and for nobody to change."""

    list_display = ("at", "actor_name", "address", "title", "whose", "page")
    list_filter = ("name",)
    search_fields = ("actor_name", "name")
    fields = readonly_fields = list_display
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedList

    @admin.display(description=_("setting"), ordering="name")
    def title(self, row: SettingRead) -> str:
        setting = declared(row.name)
        return setting.title if setting is not None else row.name

    @admin.display(description=_("for"))
    def whose(self, row: SettingRead) -> str:
        found: str | None = getattr(row, "scope_words", None)
        return found or scopes_in_words([row.scope_key])[row.scope_key]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
