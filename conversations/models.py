"""Conversations, and the session of its own in which each keeps its data."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

__all__ = [
    "SAID",
    "Answer",
    "Author",
    "ChatMessage",
    "Conversation",
    "ConversationQuerySet",
    "ConversationSession",
    "Kind",
    "Opened",
    "Prompt",
    "State",
    "new_expiry",
    "stays_where_shared",
]

UNDONE_WITHIN = timedelta(days=1)  # a deleted conversation can be brought back


def new_expiry() -> datetime:
    """When a conversation that is written to now will be forgotten."""
    return timezone.now() + timedelta(seconds=settings.CAPSULE_CONVERSATION_LIFETIME)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def alive(self) -> Self:
        """Those that have neither expired nor been deleted."""
        return self.filter(session__expire_date__gt=timezone.now(), deleted_at=None)

    def recently_deleted(self) -> Self:
        """Those that can be brought back."""
        return self.filter(
            session__expire_date__gt=timezone.now(), deleted_at__gt=timezone.now() - UNDONE_WITHIN
        )

    def expired(self) -> Self:
        """Those that ``clear_conversations`` deletes: nobody can bring them back any more."""
        now = timezone.now()
        is_over = models.Q(session__expire_date__lte=now) | models.Q(deleted_at__lte=now - UNDONE_WITHIN)
        return self.filter(is_over)

    def chats(self) -> Self:
        """Those that somebody writes in, rather than what a wizard keeps."""
        return self.exclude(handler="")


class Opened(models.TextChoices):
    """Who may open a conversation: see ``opening.py``, which alone asks."""

    SESSION = "session", _("one browser")
    USER = "user", _("one person")
    OWNER = "owner", _("everybody of the owner")


def stays_where_shared(collector: Any, field: Any, rows: Any, using: str) -> None:
    """With a person go the conversations that are theirs alone; what an organisation shares stays."""
    models.CASCADE(collector, field, rows.exclude(scope=Opened.OWNER), using)
    models.SET_NULL(collector, field, rows.filter(scope=Opened.OWNER), using)


class Conversation(models.Model):
    """What one person, an organisation, or a browser that nobody has signed in from, is in the middle of.

    Its id is random, and neither a credential nor a session key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        stays_where_shared,
        null=True,
        editable=False,
        related_name="conversations",
        verbose_name=_("person"),
    )
    # The scope key of the owner that was active when it began; empty while it belongs to a browser alone.
    owner_key = models.CharField(_("owner"), max_length=64, blank=True, editable=False)
    scope = models.CharField(
        _("opened by"), max_length=7, choices=Opened, default=Opened.USER, editable=False
    )
    # Of a visitor's: the id of their browser's own conversation, which only its session knows.
    browser_key = models.CharField(max_length=36, blank=True, editable=False)
    # The record or the page that it stands beside, and the seat that it alone may have: see seats.py.
    thread_key = models.CharField(_("thread"), max_length=100, blank=True, editable=False)
    place = models.CharField(max_length=400, blank=True, editable=False)
    # The @message handler that answers in it; empty: a visitor's current conversation, where wizards keep
    # their steps and nobody chats.
    handler = models.CharField(_("answered by"), max_length=100, blank=True, editable=False)
    # The name of the one place that it is for, a wizard say; without one it is the current conversation. A
    # person has one of each name within an owner, whatever device they come from.
    key = models.CharField(_("kept for"), max_length=200, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)  # read, and written no more
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)  # with Undo, for a day

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-updated_at"]
        constraints = [
            # Whoever founds it at the same moment: a page has one chat, and a record one thread.
            models.UniqueConstraint(fields=["place"], condition=~models.Q(place=""), name="one_in_its_place"),
            models.UniqueConstraint(
                fields=["user", "owner_key", "key"], condition=~models.Q(key=""), name="one_for_each_key"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "owner_key", "-updated_at"], name="conversation_latest"),
            models.Index(fields=["owner_key", "scope", "-updated_at"], name="conversation_shared"),
            models.Index(
                fields=["browser_key"], condition=~models.Q(browser_key=""), name="conversation_of_browser"
            ),
        ]

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


class State(models.TextChoices):
    """How far a turn has come, or one of its replies."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being written")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")
    STOPPED = "stopped", _("stopped")


class Author(models.TextChoices):
    PERSON = "person", _("person")
    ASSISTANT = "assistant", _("assistant")


class Kind(models.TextChoices):
    """What a message is: of a person's turn, what it asks for; of a reply, how it is shown."""

    TEXT = "text", _("text")
    NOTICE = "notice", _("notice")  # told to the person, and no part of what was said
    WIDGET = "widget", _("widget")
    SUGGESTIONS = "suggestions", _("suggestions")
    PROMPT = "prompt", _("question")  # it waits for an answer: see Prompt
    ACT = "act", _("action")  # a turn that does an @action, by a press and never by what is typed
    ENTER = "enter", _("beginning")  # the turn of @enter, which nobody wrote
    EXIT = "exit", _("end")  # the turn of @exit


SAID = (Kind.TEXT, Kind.ACT, Kind.PROMPT)  # of which a history consists


class ChatMessage(models.Model):
    """What one side said. A person's message is a *turn*; the replies to it point to it.

    A turn and its replies share a ``position``, so that an answer stands below what it answers, even if more
    was asked meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", editable=False)
    position = models.PositiveIntegerField(editable=False)
    part = models.PositiveSmallIntegerField(default=0, editable=False)  # 0 the person's, 1 the first reply
    author = models.CharField(_("author"), max_length=9, choices=Author, editable=False)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    turn = models.ForeignKey("self", models.CASCADE, null=True, editable=False, related_name="replies")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind, default=Kind.TEXT, editable=False)
    text = models.TextField(_("text"), blank=True)
    # What is shown or done besides the text, as data: see blocks.py and acts.py.
    block = models.JSONField(default=dict, blank=True, editable=False)
    channel = models.CharField(max_length=8, blank=True, editable=False)  # where a person wrote: chat.Channel
    # What the page says of itself beside the message: see ui.ChatPanel(context=...).
    context = models.JSONField(default=dict, blank=True, editable=False)
    # Made by the browser: a message that is sent twice by somebody has it twice.
    client_id = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.DONE, editable=False)
    problem = models.CharField(max_length=16, blank=True, editable=False)  # a key of problems.PROBLEMS
    error_id = models.CharField(_("number of the error"), max_length=32, blank=True, editable=False)
    # Of a running turn: which claim may write, when it last said so, and since when it shall stop.
    claim = models.CharField(max_length=32, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    stop_requested_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    # Of a turn: when it was last queued, by writing it or by trying again.
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)  # again, without a minute's rest

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["position", "part"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position", "part"], name="one_message_a_place"),
            # A visitor, who is no sender, has the conversation for themselves: posting's lock does it there.
            models.UniqueConstraint(
                fields=["conversation", "sender", "client_id"],
                condition=~models.Q(client_id=""),
                name="sent_once_by_each",
            ),
            # What no claim and no process can get around: one turn at a time in a conversation.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state=State.RUNNING, author=Author.PERSON),
                name="one_running_turn",
            ),
            # A conversation is entered once, and left once, whoever else tries at the same moment.
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(kind=Kind.ENTER), name="entered_once"
            ),
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(kind=Kind.EXIT), name="left_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=models.Q(state__in=[State.QUEUED, State.RUNNING]),
                name="open_turns",
            ),
            # Which turn is its conversation's first, however many wait and however long the conversation is.
            models.Index(
                fields=["conversation", "position"],
                condition=models.Q(state=State.QUEUED),
                name="waiting_turns",
            ),
            models.Index(fields=["sender", "-queued_at"], name="sent_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.get_author_display()}: {self.text[:40]}"


class Answer(models.TextChoices):
    """What a person said to a prompt."""

    OPEN = "open", _("waiting")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")


class Prompt(models.Model):
    """A question that waits for an answer, however long: a record, and nothing that runs.

    The answer is given once. It queues a turn that does ``then`` (approved) or ``otherwise`` (declined).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reply = models.OneToOneField(ChatMessage, models.CASCADE, related_name="prompt", editable=False)
    then = models.CharField(max_length=200, editable=False)  # names of declared actions
    otherwise = models.CharField(max_length=200, blank=True, editable=False)
    arguments = models.JSONField(default=dict, blank=True, editable=False)
    approve_label = models.CharField(max_length=60, editable=False)
    decline_label = models.CharField(max_length=60, editable=False)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, default=Answer.OPEN, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return f"{self.get_answer_display()}: {self.then}"

    def needed_for(self, answer: Answer) -> list[str]:
        """The actions that whoever gives this answer has to be allowed to do.

        Either way the one that it is about: who could not approve cannot decline it in another's place.
        """
        also = [self.otherwise] if answer == Answer.DECLINED and self.otherwise else []
        return [self.then, *also]
