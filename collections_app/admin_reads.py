"""Who has read somebody else's document in the admin: noted before it is shown, and kept.

A list is no reading of a document, nor is the reading of what is one's own, or everybody's.
"""

from __future__ import annotations

from collections.abc import Collection as Sized
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.guessing import client_address
from accounts.models import Membership
from capsule.scopes import APP_KEY, organization_key, user_key
from collections_app.admin_scopes import scopes_in_words
from collections_app.handle import Collection
from collections_app.models import DocumentRead

__all__ = ["DocumentReadAdmin", "ReadsNoted"]


class ReadsNoted(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose pages of one record are noted. All of them find the record here."""

    collection: ClassVar[Collection]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Django's, and a note that it was read by whoever may."""
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None and (
            self.has_view_permission(request, row) or self.has_delete_permission(request, row)
        ):
            self.note_read(request, row.scope_key, row.public_id)
        return row

    def note_read(self, request: HttpRequest, scope_key: str, document: UUID | str) -> None:
        """Write down that the person reads this document, unless it is their own or everybody's."""
        person: Any = request.user
        if scope_key == APP_KEY or scope_key in _own_scopes(person):
            return
        DocumentRead.objects.create(
            actor_id=str(person.pk),
            actor_name=str(person)[:254],
            address=client_address(request),
            page=request.path[:200],
            collection=self.collection.name,
            scope_key=scope_key,
            document=document,
        )


def _own_scopes(person: Any) -> Sized[str]:
    organizations = Membership.objects.filter(user=person).values_list("organization", flat=True)
    return {user_key(str(person.pk)), *(organization_key(str(id)) for id in organizations)}


class ReadList(ChangeList):
    """A page of readings, with the scopes in words."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        words = scopes_in_words(row.scope_key for row in rows)
        for row in rows:
            row.scope_words = words[row.scope_key]
        self.result_list = rows


@admin.register(DocumentRead)
class DocumentReadAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The readings, for superusers to look at and for nobody to change."""

    list_display = ("at", "actor_name", "address", "collection", "scope", "document", "page")
    list_filter = ("collection",)
    search_fields = ("actor_name", "document")
    ordering = ("-id",)
    show_full_result_count = False
    fields = readonly_fields = list_display

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("collections_app/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ReadList]:
        return ReadList

    @admin.display(description=_("scope"))
    def scope(self, read: Any) -> str:
        """Whose it was, in words."""
        words = getattr(read, "scope_words", None)
        return str(words or scopes_in_words([read.scope_key])[read.scope_key])

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
