"""What becomes of a whole conversation: its name, its end, its deletion, and how that is taken back."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import may_manage_owner
from capsule.identity import Identity
from capsule.json_values import InvalidJSON, clean_text
from capsule.scopes import conversation_key
from collections_app.files.attaching import end_attached
from conversations.errors import MessageRefused
from conversations.files import NAME, files_in
from conversations.listing import listed_in
from conversations.models import Author, ChatMessage, Conversation, ConversationSession, Opened, State
from conversations.ownership import sit
from conversations.sessions import topic_of
from conversations.topics import QUEUE, list_topic
from live.changes import Changes, changes

__all__ = [
    "close",
    "delete",
    "erase_person",
    "rename",
    "reopen",
    "require_deletable",
    "restore",
    "title_from",
]

TITLE_LENGTH = 200  # characters
BATCH = 200  # conversations in one transaction


def title_from(text: object) -> str:
    """A title as it is kept. Raises ``MessageRefused`` with the reason."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    if not words:
        raise MessageRefused(_("Give it a name."))
    if len(words) > TITLE_LENGTH:
        raise MessageRefused(_("A name holds at most %(count)d characters.") % {"count": TITLE_LENGTH})
    try:
        return clean_text(words)
    except InvalidJSON as error:
        raise MessageRefused(_("This cannot be a name. %(problem)s") % {"problem": error.problem}) from None


def rename(conversation: Conversation, title: str) -> None:
    """Give it another name."""
    with changes() as change:
        Conversation.objects.filter(pk=conversation.pk).update(title=title)
        _announce(conversation, change)


def require_deletable(conversation: Conversation, identity: Identity) -> None:
    """Raises ``PermissionDenied`` unless the identity, which may open it, may also take it from the others.

    What an organisation shares is taken away by whoever began it, or by its admins.
    """
    if conversation.scope != Opened.OWNER or str(conversation.user_id) == identity.user_id:
        return
    if not may_manage_owner(identity):
        sentence = _("Everybody here reads this. Only who began it, or an admin, can delete it.")
        raise PermissionDenied(sentence)


def delete(conversation: Conversation) -> None:
    """Take it away. For a day it can be brought back; then ``clear_conversations`` deletes it for good."""
    with changes() as change:
        row = _held(conversation)
        if row is None or row.deleted_at is not None:
            return
        _end_turns(row)
        row.deleted_at = timezone.now()
        row.place = f"{row.pk} {row.place}" if row.place else ""  # its seat is free
        row.save(update_fields=["deleted_at", "place"])
        _announce(row, change)
        change.touch(QUEUE)


def restore(conversation: Conversation) -> None:
    """Bring it back; into its seat too, unless another conversation has that by now."""
    with changes() as change:
        row = _held(conversation)
        if row is None or row.deleted_at is None:
            return
        place, row.place, row.deleted_at = row.place.removeprefix(f"{row.pk} "), "", None
        row.save(update_fields=["deleted_at", "place"])
        if place:
            sit(row, place)
        _announce(row, change)


def close(conversation: Conversation) -> None:
    """End it: it can be read, and nobody writes in it any more."""
    with changes() as change:
        row = _held(conversation)
        if row is not None and row.closed_at is None:
            _end_turns(row)
            Conversation.objects.filter(pk=row.pk).update(closed_at=timezone.now())
            _announce(row, change)
            change.touch(QUEUE)


def reopen(conversation: Conversation) -> None:
    """Let people write in it again."""
    with changes() as change:
        Conversation.objects.filter(pk=conversation.pk).update(closed_at=None)
        _announce(conversation, change)


def erase_person(person: User) -> tuple[int, int]:
    """Delete for good what is a person's: how many conversations, and how many messages in shared ones."""
    own = Conversation.objects.filter(user=person).exclude(scope=Opened.OWNER)
    erased = 0
    while ids := list(own.values_list("pk", flat=True)[:BATCH]):
        with changes():
            Conversation.objects.filter(pk__in=ids).delete()
        erased += len(ids)
    with changes() as change:
        said = ChatMessage.objects.filter(sender=person, author=Author.PERSON)
        shared = Conversation.objects.filter(pk__in=said.values("conversation"))
        for conversation in shared:
            change.touch(topic_of(conversation.pk))
        for conversation_id, block in said.filter(block__has_key=NAME).values_list(
            "conversation_id", "block"
        ):
            ids = [UUID(file.id) for file in files_in(block, conversation_id)]
            end_attached(conversation_key(str(conversation_id)), ids)
        messages = said.count()
        said.delete()  # with the answers to them
        change.touch(list_topic(person.pk))
    return erased, messages


def _held(conversation: Conversation) -> Conversation | None:
    # The conversation's session first, as posting does, so that the two never wait for each other.
    list(ConversationSession.objects.select_for_update().filter(conversation=conversation.pk))
    return Conversation.objects.filter(pk=conversation.pk).first()


def _end_turns(conversation: Conversation) -> None:
    turns = ChatMessage.objects.filter(conversation=conversation, author=Author.PERSON)
    turns.filter(state=State.QUEUED).update(state=State.STOPPED)
    turns.filter(state=State.RUNNING).update(stop_requested_at=timezone.now())


def _announce(conversation: Conversation, change: Changes) -> None:
    change.touch(topic_of(conversation.pk))
    change.touch(listed_in(conversation))
