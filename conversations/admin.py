"""Conversations in the admin: whose they are and what they keep; to read, to close, to export, to delete."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from conversations.exporting import line_of
from conversations.files import files_in
from conversations.keeping import close, reopen
from conversations.models import ChatMessage, Conversation, Opened

__all__ = ["ConversationAdmin"]

MESSAGES = 200  # the latest of a conversation

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Conversation]
else:
    BaseAdmin = admin.ModelAdmin


@admin.register(Conversation)
class ConversationAdmin(BaseAdmin):
    """Nothing can be edited here: what a person is in the middle of is theirs. No session key is shown.

    Whoever reads one, or takes it out of here, leaves an entry in its history and in the admin's log.
    """

    list_display = ("__str__", "person", "owner", "scope", "updated_at", "size", "version", "is_open")
    list_filter = ("scope", "created_at", "updated_at", "closed_at", "deleted_at")
    search_fields = ("title", "thread_key", "user__email", "user__name")
    fields = (
        *(
            "id",
            "title",
            "person",
            "owner",
            "scope",
            "handler",
            "thread_key",
            "key",
            "created_at",
            "updated_at",
        ),
        *("closed_at", "deleted_at", "size", "version", "data", "said"),
    )
    actions = ("close_chosen", "reopen_chosen", "export_chosen")
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        found = self.get_object(request, object_id) if request.method == "GET" else None
        if found is not None and response.status_code == HTTPStatus.OK:
            self._note(request, [found], "Read.")
        return response

    @admin.action(description=_("Close: to be read, and not written in"), permissions=["delete"])
    def close_chosen(self, request: HttpRequest, chosen: QuerySet[Conversation]) -> None:
        for conversation in chosen:
            close(conversation)
        self._note(request, chosen, "Closed.")

    @admin.action(description=_("Open again"), permissions=["delete"])
    def reopen_chosen(self, request: HttpRequest, chosen: QuerySet[Conversation]) -> None:
        for conversation in chosen:
            reopen(conversation)
        self._note(request, chosen, "Opened again.")

    @admin.action(description=_("Export as JSON"), permissions=["view"])
    def export_chosen(self, request: HttpRequest, chosen: QuerySet[Conversation]) -> HttpResponseBase:
        self._note(request, chosen, "Exported.")
        lines = (line_of(conversation) for conversation in chosen.iterator(chunk_size=100))
        response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        response["Content-Disposition"] = 'attachment; filename="conversations.ndjson"'
        response["Cache-Control"] = "private, no-store"
        return response

    def _note(self, request: HttpRequest, read: Iterable[Conversation], what: str) -> None:
        # Names as they are now: what somebody said is nothing for a log.
        person = cast(User, request.user)
        entries = [
            LogEntry(
                user_id=person.pk,
                content_type=ContentType.objects.get_for_model(Conversation),
                object_id=str(one.pk),
                object_repr=f"{one._meta.verbose_name} {str(one.pk)[:8]}",
                action_flag=CHANGE,
                change_message=what,
            )
            for one in read
        ]
        LogEntry.objects.bulk_create(entries)

    @admin.display(description=_("open"), boolean=True)
    def is_open(self, conversation: Conversation) -> bool:
        return conversation.closed_at is None and conversation.deleted_at is None

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
        nobody = _("a visitor") if conversation.scope == Opened.SESSION else _("somebody who is gone")
        return str(conversation.user or nobody)

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
            (
                row.created_at,
                row.get_author_display(),
                row.get_state_display(),
                row.error_id,
                _words_of(row),
            )
            for row in reversed(latest)
        )
        return format_html_join("", "<p><small>{} · {} · {} {}</small></p><pre>{}</pre>", lines)


def _words_of(message: ChatMessage) -> str:
    names = [file.name for file in files_in(message.block, message.conversation_id)]
    return "\n".join(part for part in (message.text, *names) if part) or message.get_kind_display()


def _organization_names(conversations: list[Conversation]) -> dict[str, str]:
    """The names of the organisations that own these conversations, by scope key, in one query."""
    keys = {row.owner_key for row in conversations if row.owner_key.startswith("org:")}
    ids = [UUID(key.removeprefix("org:")) for key in keys]
    found = Organization.objects.filter(pk__in=ids).values_list("pk", "name")
    return {f"org:{pk}": name for pk, name in found}


def _owner_words(conversation: Conversation, names: dict[str, str]) -> str:
    if conversation.owner_key.startswith("org:"):
        return names.get(conversation.owner_key) or str(_("an organisation that is gone"))
    return str(_("this browser alone") if conversation.scope == Opened.SESSION else _("Personal"))
