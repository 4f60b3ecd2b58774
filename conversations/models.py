"""Conversations, and the session of its own in which each keeps its data."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

__all__ = ["Conversation", "ConversationSession", "new_expiry"]


def new_expiry() -> datetime:
    """When a conversation that is written to now will be forgotten."""
    return timezone.now() + timedelta(seconds=settings.CAPSULE_CONVERSATION_LIFETIME)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def alive(self) -> Self:
        """Those that have not expired."""
        return self.filter(session__expire_date__gt=timezone.now())

    def expired(self) -> Self:
        """Those that ``clear_conversations`` deletes."""
        return self.filter(session__expire_date__lte=timezone.now())


class Conversation(models.Model):
    """What one person, or one browser that nobody has signed in from, is in the middle of.

    Its id is random, and neither a credential nor a session key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="conversations",
        verbose_name=_("person"),
    )
    # The scope key of the owner that was active when it began; empty while it belongs to a browser alone.
    owner_key = models.CharField(_("owner"), max_length=64, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["user", "owner_key", "-updated_at"], name="conversation_latest")]

    def __str__(self) -> str:
        return self.title or f"{self._meta.verbose_name} {str(self.pk)[:8]}"


class ConversationSession(AbstractBaseSession):
    """A conversation's own Django session: not in ``django_session``, where its key would be a site cookie.

    Written only under a lock, by ``ConversationStore.change``.
    """

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="session", editable=False)
    version = models.PositiveBigIntegerField(_("version"), default=0, editable=False)
    size = models.PositiveIntegerField(_("size of data"), default=2, editable=False)  # bytes

    class Meta:
        verbose_name = _("data of a conversation")
        verbose_name_plural = _("data of conversations")

    def __str__(self) -> str:
        # The inherited text is the session's key, which nobody should see.
        return f"{self._meta.verbose_name} {str(self.conversation_id)[:8]}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_string("conversations.sessions.ConversationStore")
        return store
