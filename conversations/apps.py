from __future__ import annotations

from typing import cast

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.checks import register
from django.db.models.signals import post_delete
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from capsule.injection import injectable
from collections_app.files.receiving import also_taken
from collections_app.files.references import named_by
from conversations.acts import session_of, sync_session_of
from conversations.chat import Session, SyncSession
from conversations.checks import check_handlers, check_limits, check_middleware
from conversations.declarations import limits_of_forms
from conversations.session import ConversationRequest, CurrentConversation
from conversations.topics import QUEUE
from live.hub import hub

__all__ = ["ConversationsConfig"]


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = _("Conversations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Its models can only be imported once the apps are known.
        from conversations.keyed import values_of_sessions
        from conversations.receivers import on_deleted, on_organization_deleted, on_sign_in, on_sign_out
        from conversations.runner import start_runner

        user_logged_in.connect(on_sign_in, dispatch_uid="conversations.sign_in")
        user_logged_out.connect(on_sign_out, dispatch_uid="conversations.sign_out")
        conversation = self.get_model("Conversation")
        post_delete.connect(on_deleted, sender=conversation, dispatch_uid="conversations.deleted")
        uid = "conversations.organization_deleted"
        post_delete.connect(on_organization_deleted, sender="accounts.Organization", dispatch_uid=uid)
        named_by(values_of_sessions)
        also_taken(limits_of_forms)
        injectable(CurrentConversation, current_conversation)
        injectable(Session, session_of, offered=True)
        injectable(SyncSession, sync_session_of, offered=True)
        register(check_limits)
        register(check_middleware)
        register(check_handlers)
        hub.watch_always(QUEUE)
        hub.at_start(start_runner)


def current_conversation(request: HttpRequest) -> CurrentConversation:
    return cast(ConversationRequest, request).conversation
