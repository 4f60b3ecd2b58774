"""Conversations in the admin: whose they are and what they keep, to read and to delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from conversations.models import Conversation

__all__ = ["ConversationAdmin"]

MESSAGES = 200  # the latest of a conversation

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Conversation]
else:
    BaseAdmin = admin.ModelAdmin


@admin.register(Conversation)
class ConversationAdmin(BaseAdmin):
    """Nothing can be edited here: what a person is in the middle of is theirs. No session key is shown."""

    list_display = ("__str__", "person", "owner", "created_at", "updated_at", "size", "version")
    list_filter = ("created_at", "updated_at")
    search_fields = ("title", "user__email", "user__name")
    fields = (
        *("id", "title", "person", "owner", "handler", "key", "created_at", "updated_at", "size", "version"),
        *("data", "said"),
    )
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        found = super().get_queryset(request).select_related("user", "session")
        # A list shows how much there is, and need not fetch it.
        return found.defer("session__session_data")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        names = _organization_names(rows)
        for row in rows:
            row.owner_words = _owner_words(row, names)
        changelist.result_list = rows
        return changelist

    @admin.display(description=_("person"), ordering="user__email", empty_value="")
    def person(self, conversation: Conversation) -> str:
        return str(conversation.user or _("a visitor"))

    @admin.display(description=_("owner"))
    def owner(self, conversation: Conversation) -> str:
        words: str | None = getattr(conversation, "owner_words", None)
        return words or _owner_words(conversation, _organization_names([conversation]))

    @admin.display(description=_("size of data"), ordering=F("session__size"))
    def size(self, conversation: Conversation) -> str:
        return filesizeformat(conversation.session.size)

    @admin.display(description=_("version"), ordering=F("session__version"))
    def version(self, conversation: Conversation) -> int:
        return conversation.session.version

    @admin.display(description=_("data"))
    def data(self, conversation: Conversation) -> SafeString:
        readable = json.dumps(conversation.session.get_decoded(), indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", readable)

    @admin.display(description=_("messages"))
    def said(self, conversation: Conversation) -> SafeString:
        latest = conversation.messages.order_by("-position", "-part")[:MESSAGES]
        lines = (
            (row.created_at, row.get_author_display(), row.get_state_display(), row.error_id, row.text)
            for row in reversed(latest)
        )
        return format_html_join("", "<p><small>{} · {} · {} {}</small></p><pre>{}</pre>", lines)


def _organization_names(conversations: list[Conversation]) -> dict[str, str]:
    """The names of the organisations that own these conversations, by scope key, in one query."""
    keys = {row.owner_key for row in conversations if row.owner_key.startswith("org:")}
    ids = [UUID(key.removeprefix("org:")) for key in keys]
    found = Organization.objects.filter(pk__in=ids).values_list("pk", "name")
    return {f"org:{pk}": name for pk, name in found}


def _owner_words(conversation: Conversation, names: dict[str, str]) -> str:
    if conversation.owner_key.startswith("org:"):
        return names.get(conversation.owner_key) or str(_("an organisation that is gone"))
    return str(_("Personal") if conversation.user_id else _("this browser alone"))
