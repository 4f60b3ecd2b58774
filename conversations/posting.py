"""What a person does in a conversation: write, stop, try again. Each only writes; a runner does the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from capsule.identity import Identity, start_session
from capsule.json_values import InvalidJSON, clean_text
from conversations.acts import require_act
from conversations.contexts import PageSays
from conversations.errors import MessageRefused, SessionConflict
from conversations.files import NAME, FileValue, attach_files
from conversations.hooks import enter_once
from conversations.limits import MINUTE, refuse_too_many, refuse_too_many_tries
from conversations.listing import listed_in
from conversations.messages import Channel
from conversations.models import (
    Answer,
    Author,
    ChatMessage,
    Conversation,
    ConversationSession,
    Kind,
    Prompt,
    State,
    new_expiry,
)
from conversations.opening import openable
from conversations.ownership import ONE_OF_MANY, begin, scope_of
from conversations.seats import Seat
from conversations.sessions import ConversationStore, topic_of
from conversations.topics import QUEUE
from handlers.actions import Action
from live.changes import Changes, changes

__all__ = ["RETRYABLE", "act", "cleaned", "empty_chat", "post", "retry", "settle", "start", "stop"]

TITLE_LENGTH = 60  # characters
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{0,64}")
NOTHING_SAID: Final = PageSays()
RETRYABLE = (State.FAILED, State.INTERRUPTED, State.STOPPED)


def post(
    conversation: Conversation,
    sender: User | None,
    text: str,
    client_id: str = "",
    context: Any = None,
    channel: Channel = "page",
    files: Sequence[FileValue] = (),
) -> ChatMessage:
    """Write a message and queue its turn. The same ``client_id`` twice of a sender is one message.

    ``sender`` is ``None`` for a visitor; ``files`` are those that ``kept_files`` gave. Raises
    ``MessageRefused``: empty, over ``CAPSULE_MESSAGE_LIMIT``, over the messages of a minute, another message
    than that id had before, or to a conversation that is closed; ``FilesRefused``.
    """
    words = cleaned(text, client_id, files)
    said = {"context": context or {}, "channel": channel, "block": _block_of(files)}
    with changes() as change:
        _lock(sender, conversation.browser_key)
        return _post(conversation, sender, words, client_id, change, **said)


def act(
    conversation: Conversation,
    sender: User | None,
    action: Action[..., Any],
    arguments: Any,
    once: str = "",
) -> ChatMessage:
    """Queue a turn that does ``action``; the same ``once`` again of a sender finds the first one.

    Whoever calls this has asked whether they may do it; it is asked again when it runs. Raises
    ``MessageRefused``, ``SessionConflict``.
    """
    _check_id(once)
    block = {"action": action.name, "arguments": arguments}
    with changes() as change:
        _lock(sender, conversation.browser_key)
        return _post(conversation, sender, str(action.label), once, change, kind=Kind.ACT, block=block)


def settle(
    conversation: Conversation, identity: Identity, sender: User | None, prompt: Prompt, approves: bool
) -> bool:
    """Answer a question, and queue what follows. Whether this is the answer that counts, given now or before.

    Of answers at the same moment one counts. Whoever may not do what it is about answers neither way, and it
    still waits: raises ``PermissionDenied``, or ``ScopeError`` for a visitor. Raises ``MessageRefused`` where
    the turn that asked has not ended well, after too many messages, where what should follow is gone, or
    where the conversation is closed; and ``SessionConflict``.
    """
    answer = Answer.APPROVED if approves else Answer.DECLINED
    with changes() as change:
        _lock(sender, conversation.browser_key)
        _hold(conversation)
        asked = Prompt.objects.select_related("reply__turn").filter(pk=prompt.pk).first()
        if asked is None:
            raise SessionConflict
        if asked.answer != Answer.OPEN:
            return asked.answer == answer
        if asked.reply.turn is None or asked.reply.turn.state != State.DONE:
            raise MessageRefused(_("This cannot be answered: what asked it has not ended well."), 409)
        for name in asked.needed_for(answer):
            require_act(name, identity)
        Prompt.objects.filter(pk=asked.pk).update(answer=answer, answered_at=timezone.now())
        follows = asked.then if approves else asked.otherwise
        if follows:
            block = {"action": follows, "arguments": asked.arguments}
            label = asked.approve_label if approves else asked.decline_label
            # Without an id, which a client could have used before: the answer under the lock is given once.
            _post(conversation, sender, label, "", change, kind=Kind.ACT, block=block)
        change.touch(topic_of(conversation.pk))
    return True


def start(
    identity: Identity,
    sender: User | None,
    handler: str,
    text: str,
    client_id: str = "",
    said: PageSays = NOTHING_SAID,
    channel: Channel = "page",
    files: Sequence[FileValue] = (),
) -> ChatMessage:
    """Begin a conversation with its first message; the sender's same ``client_id`` finds what it began.

    Where its seat is taken, the message goes to the conversation that has it. A visitor's own conversation,
    which tells their browser from others, begins with their first chat.
    """
    words = cleaned(text, client_id, files)
    with changes() as change:
        if not identity.is_authenticated:
            identity = start_session()
        _lock(sender, identity.session_id if sender is None else "")
        sent = _sent(identity, sender, client_id, handler, said)
        if sent is not None:
            return _the_same(sent, Kind.TEXT, words)
        chat = _empty(identity, handler, said)
        enter_once(chat, sender)
        sent_with = {"context": dict(said.context), "channel": channel, "block": _block_of(files)}
        return _post(chat, sender, words, client_id, change, **sent_with)


def empty_chat(
    identity: Identity, sender: User | None, handler: str, said: PageSays = NOTHING_SAID
) -> Conversation:
    """A conversation in which nothing has been written: the latest such one, else a new one.

    Where a seat is asked for, the conversation that has it.
    """
    with changes() as change:
        if not identity.is_authenticated:
            identity = start_session()
        _lock(sender, identity.session_id if sender is None else "")
        conversation = _empty(identity, handler, said)
        if not conversation.place:
            # It begins now, even if it was made before others.
            conversation.created_at = conversation.updated_at = timezone.now()
            conversation.save(update_fields=["created_at", "updated_at"])
        enter_once(conversation, sender)
        change.touch(listed_in(conversation))
        return conversation


def stop(conversation: Conversation) -> None:
    """Have the running turn stop; where none runs, the one that waits longest will not be run at all."""
    with changes() as change:
        turns = ChatMessage.objects.filter(conversation=conversation, author=Author.PERSON)
        # Held, so that none is claimed between looking and writing.
        opened = turns.filter(state__in=[State.QUEUED, State.RUNNING]).select_for_update()
        found = list(opened.order_by("position"))
        if not found:
            return
        running = next((turn for turn in found if turn.state == State.RUNNING), None)
        if running is not None:
            turns.filter(pk=running.pk).update(stop_requested_at=timezone.now())
        else:
            turns.filter(pk=found[0].pk).update(state=State.STOPPED)
        change.touch(topic_of(conversation.pk))
        change.touch(QUEUE)


def retry(
    conversation: Conversation, identity: Identity, sender: User | None, turn_id: UUID | None = None
) -> bool:
    """Queue a turn again if it failed, was interrupted or stopped: that one, or the last. Whether it was.

    It runs as whoever wrote it, so that only they can ask for it, while they may do what it does: raises
    ``PermissionDenied`` or ``ScopeError``. A try costs what a message costs: raises ``MessageRefused`` after
    as many as there may be messages, and where the action is gone.
    """
    with changes() as change:
        _lock(sender, conversation.browser_key)
        _hold(conversation)
        turns = ChatMessage.objects.filter(conversation=conversation, author=Author.PERSON)
        wanted = turns.filter(pk=turn_id) if turn_id is not None else turns
        turn = wanted.order_by("-position").first()
        if turn is None or turn.state not in RETRYABLE or turn.sender_id != (sender and sender.pk):
            return False
        if turn.kind == Kind.ACT:
            require_act(str(turn.block.get("action", "")), identity)
        now = timezone.now()
        tries = turn.tries + 1 if now - turn.queued_at < MINUTE else 1
        refuse_too_many_tries(tries)
        refuse_too_many(sender, conversation.browser_key)
        turn.replies.all().delete()  # a new try is a new reply, with an id of its own
        turns.filter(pk=turn.pk).update(
            state=State.QUEUED,
            queued_at=now,
            tries=tries,
            problem="",
            error_id="",
            claim="",
            heartbeat_at=None,
            stop_requested_at=None,
        )
        change.touch(topic_of(conversation.pk))
        change.touch(QUEUE)
    return True


def cleaned(text: str, client_id: str = "", files: Sequence[FileValue] = ()) -> str:
    """``text`` as it is kept; with ``files`` it may be empty. Raises ``MessageRefused`` with the reason."""
    _check_id(client_id)
    words = text.replace("\r\n", "\n").replace("\r", "\n")
    if not words.strip() and files:
        return ""
    if not words.strip():
        raise MessageRefused(_("Write something first."))
    try:
        clean_text(words)
    except InvalidJSON as error:
        raise MessageRefused(_("This cannot be sent. %(problem)s") % {"problem": error.problem}) from None
    size, limit = len(words.encode()), settings.CAPSULE_MESSAGE_LIMIT
    if size > limit:
        sentence = _("A message holds at most %(limit)s, and this one has %(over)s too many.")
        over = ngettext("%(count)d byte", "%(count)d bytes", size - limit) % {"count": size - limit}
        raise MessageRefused(sentence % {"limit": filesizeformat(limit), "over": over})
    return words


def _block_of(files: Sequence[FileValue]) -> dict[str, Any]:
    return {NAME: [dict(value) for value in files]} if files else {}


def _check_id(client_id: str) -> None:
    if not CLIENT_ID.fullmatch(client_id):
        raise MessageRefused(_("The id of a message is up to 64 letters, digits, hyphens and underscores."))


def _post(
    conversation: Conversation, sender: User | None, words: str, client_id: str, change: Changes, **said: Any
) -> ChatMessage:
    _hold(conversation)
    messages = ChatMessage.objects.filter(conversation=conversation)
    # Ids are a sender's own: in what is shared, nobody's swallows or shows the message of another.
    sent = messages.filter(client_id=client_id, sender=sender).first() if client_id else None
    if sent is not None:
        kind = said.get("kind", Kind.TEXT)
        return _the_same(sent, kind, said["block"] if kind == Kind.ACT else words)
    refuse_too_many(sender, conversation.browser_key)
    last = messages.aggregate(last=Max("position"))["last"] or 0
    message = ChatMessage.objects.create(
        conversation=conversation,
        position=last + 1,
        author=Author.PERSON,
        sender=sender,
        text=words,
        client_id=client_id,
        state=State.QUEUED,
        **said,
    )
    sent_files = message.block.get(NAME, ())
    if sent_files:
        attach_files(sent_files, conversation.pk)
    conversation.refresh_from_db(fields=["title"])  # a turn may have called it something meanwhile
    if message.kind == Kind.TEXT:
        conversation.title = conversation.title or title_of(words or sent_files[0]["label"])
    conversation.updated_at = timezone.now()
    conversation.save(update_fields=["title", "updated_at"])
    change.touch(topic_of(conversation.pk))
    change.touch(listed_in(conversation))
    change.touch(QUEUE)
    return message


def _the_same(sent: ChatMessage, kind: Kind, what: object) -> ChatMessage:
    """What was sent before under an id, if that was the same. Raises ``MessageRefused`` else."""
    if sent.kind == kind and what == (sent.block if kind == Kind.ACT else sent.text):
        return sent
    sentence = _("Something else was sent before in place of this. Load the page again, then send this.")
    raise MessageRefused(sentence, 422, "id_used")


def title_of(words: str) -> str:
    """The first words of a message."""
    line = " ".join(words.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _sent(
    identity: Identity, sender: User | None, client_id: str, handler: str, said: PageSays
) -> ChatMessage | None:
    if not client_id:
        return None
    place = (said.seat or ONE_OF_MANY).place(identity, handler)
    chats = openable(identity).filter(handler=handler, place=place)
    sent = ChatMessage.objects.filter(sender=sender, client_id=client_id, author=Author.PERSON)
    return sent.filter(conversation__in=chats).select_related("conversation").first()


def _empty(identity: Identity, handler: str, said: PageSays) -> Conversation:
    seat = said.seat or ONE_OF_MANY
    mine = openable(identity).filter(handler=handler)
    place = seat.place(identity, handler)
    if place:
        return mine.filter(place=place).first() or _take_seat(identity, handler, seat, said)
    written = ChatMessage.objects.filter(conversation=OuterRef("pk"), author=Author.PERSON)
    unused = mine.filter(~Exists(written.exclude(kind=Kind.ENTER)), place="", thread_key="", closed_at=None)
    found = unused.filter(scope=scope_of(identity, seat)).order_by("-updated_at").first()
    if found is None:
        return begin(identity, handler, seat, said.context)
    if not found.messages.exists():
        # Nobody has met it yet: it begins with what is said now.
        ConversationStore(conversation_id=found.pk).change(lambda _former: dict(said.context))
    return found


def _take_seat(identity: Identity, handler: str, seat: Seat, said: PageSays) -> Conversation:
    """Found the one conversation of a seat; of many who do so at the same moment one does."""
    there = Conversation.objects.filter(place=seat.place(identity, handler))
    there.filter(session__expire_date__lte=timezone.now()).update(place="")  # its time is over
    try:
        with transaction.atomic():
            return begin(identity, handler, seat, said.context)
    except IntegrityError:
        return there.get()


# Locks are taken in one order everywhere: the person (or their browser), the conversation's session, its
# messages, versions.


def _lock(sender: User | None, browser_key: str | None) -> None:
    # Two messages at the same moment are counted one after the other.
    if sender is not None:
        User.objects.select_for_update(no_key=True).filter(pk=sender.pk).first()
    elif browser_key:
        list(ConversationSession.objects.select_for_update().filter(conversation_id=browser_key))


def _hold(conversation: Conversation) -> None:
    """Let nobody else write in the conversation until the transaction ends, and put off its expiry.

    Raises ``SessionConflict`` where it was deleted meanwhile, ``MessageRefused`` where it was closed.
    """
    row = ConversationSession.objects.select_for_update().filter(conversation=conversation)
    if not row.values_list("pk", flat=True).first():
        raise SessionConflict
    # Asked again under the lock: it may have ended since it was fetched.
    now = Conversation.objects.filter(pk=conversation.pk, deleted_at=None).first()
    if now is None:
        raise SessionConflict
    if now.closed_at is not None:
        raise MessageRefused(
            _("This conversation is closed. It can be read, and not be written in."), 409, "closed"
        )
    row.update(expire_date=new_expiry())
