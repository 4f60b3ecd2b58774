"""What a turn says: each verb of a session as rows, written while the turn is still this runner's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.utils.functional import Promise

from capsule.json_values import clean_text
from capsule.widgets import Widget
from conversations.acts import argued
from conversations.blocks import Block, packed
from conversations.errors import BadVerb, ReplyTooLong, StillStreaming, TurnLost
from conversations.listing import listed_in
from conversations.models import Author, ChatMessage, Conversation, Kind, Prompt, State
from conversations.senders import sender_and_owner
from conversations.sessions import topic_of
from conversations.streaming import REPLY_LIMIT, LiveText, clean_reply
from conversations.turns import Claim
from handlers.actions import Action
from live.changes import Changes, changes

__all__ = ["Part", "Saying", "bounded", "parts_of", "store_stream"]

Part = str | Block  # of what a handler returned: a text, or a widget as data

SUGGESTIONS: Final = 6
SUGGESTION_LENGTH: Final = 200  # characters
LABEL_LENGTH: Final = 60
TITLE_LENGTH: Final = 200


class Saying:
    """The verbs. All of it is sync and asks the database."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.conversation_id = str(claim.conversation_id)
        self.title = ""
        self.stream: LiveText | None = None
        self.on_write: Callable[[], None] = lambda: None  # told, on any thread, of each piece
        self._open: UUID | None = claim.reply_id  # the reply that is there and empty

    def reply(self, text: str) -> None:
        """Say something, as a message of its own."""
        self._say(bounded(text))

    def show(self, widget: Widget) -> None:
        """Show a widget, as a message of its own. Raises ``CannotBeKept``."""
        self._say("", Kind.WIDGET, packed(widget))

    def notify(self, text: str) -> None:
        """Tell something beside what is said."""
        self._say(bounded(text), Kind.NOTICE)

    def suggest(self, suggestions: Sequence[str]) -> None:
        """Offer what to write next. Raises ``ValueError``."""
        self._say("", Kind.SUGGESTIONS, {"texts": _suggested(suggestions)})

    def ask(
        self,
        question: str,
        then: Action[..., Any],
        otherwise: Action[..., Any] | None,
        arguments: Mapping[str, Any],
        labels: tuple[str, str],
    ) -> None:
        """Ask, and go on in an action when it is answered. Raises ``CannotBeKept``, ``BadInput``."""
        given = argued(then, arguments)
        if otherwise is not None:
            argued(otherwise, arguments)
        approve, decline = (_line(label, LABEL_LENGTH, "label") for label in labels)
        words = bounded(question)
        with self._writing():
            Prompt.objects.create(
                reply_id=self._put(words, State.DONE, Kind.PROMPT),
                then=then.name,
                otherwise=otherwise.name if otherwise is not None else "",
                arguments=given,
                approve_label=approve,
                decline_label=decline,
            )

    def set_title(self, title: str) -> None:
        """Call the conversation something else."""
        words = _line(title, TITLE_LENGTH, "title")
        with self._writing() as change:
            for conversation in Conversation.objects.filter(pk=self.claim.conversation_id):
                conversation.title = words
                conversation.save(update_fields=["title"])
                change.touch(listed_in(conversation))
        self.title = words

    def begin_stream(self) -> LiveText:
        """Begin a reply that grows."""
        if self.stream is not None:
            raise StillStreaming("One reply streams at a time: end the first before the next begins.")
        if self._open is None:
            with self._writing():
                reply_id = self._put("", State.RUNNING)
        else:
            reply_id, self._open = self._open, None
        self.stream = LiveText(str(reply_id), self.on_write)
        return self.stream

    def end_stream(self) -> None:
        """End the reply that grows: what it holds now is all of it."""
        stream = self.stream
        if stream is None:
            return
        with self._writing():
            store_stream(stream, State.DONE)
        self.stream = None

    def _say(self, words: str, kind: Kind = Kind.TEXT, block: Block | None = None) -> None:
        with self._writing():
            self._put(words, State.DONE, kind, block)

    @contextmanager
    def _writing(self) -> Iterator[Changes]:
        with changes() as change:
            mine = ChatMessage.objects.select_for_update().filter(pk=self.claim.turn_id)
            turn = mine.filter(claim=self.claim.token, state=State.RUNNING).first()
            if turn is None:
                raise TurnLost
            sender_and_owner(turn)  # still: who was removed meanwhile goes no further
            change.touch(topic_of(self.claim.conversation_id))
            yield change

    def _put(self, words: str, state: State, kind: Kind = Kind.TEXT, block: Block | None = None) -> UUID:
        if self._open is not None:
            reply_id, self._open = self._open, None
            row = ChatMessage.objects.filter(pk=reply_id)
            row.update(text=words, state=state, kind=kind, block=block or {})
            return reply_id
        turn = ChatMessage.objects.get(pk=self.claim.turn_id)
        last = turn.replies.aggregate(last=Max("part"))["last"] or 0
        reply = ChatMessage.objects.create(
            conversation_id=turn.conversation_id,
            position=turn.position,
            part=last + 1,
            author=Author.ASSISTANT,
            turn=turn,
            text=words,
            state=state,
            kind=kind,
            block=block or {},
        )
        return reply.pk


def parts_of(returned: object) -> list[Part]:
    """What a handler returned, as it is kept: nothing, a text, a widget, or a list of both.

    Raises ``TypeError`` for anything else, ``CannotBeKept`` and ``ReplyTooLong``.
    """
    if returned is None:
        return []
    if isinstance(returned, (list, tuple)):
        return [part for one in returned for part in parts_of(one)]
    if isinstance(returned, Widget):
        return [packed(returned)]
    words = bounded(str(returned) if isinstance(returned, Promise) else returned)
    return [words] if words else []


def bounded(text: object) -> str:
    """A text as it is stored. Raises ``TypeError``, ``ReplyTooLong``."""
    words = clean_reply(text)
    if len(words) > REPLY_LIMIT:
        raise ReplyTooLong
    return words


def store_stream(stream: LiveText, state: State) -> None:
    """What a growing reply holds is all of it; one that stayed empty goes."""
    row = ChatMessage.objects.filter(pk=stream.message_id)
    text = stream.text
    if text:
        row.update(text=text, state=state)
    else:
        row.delete()


def _suggested(suggestions: Sequence[str]) -> list[str]:
    if isinstance(suggestions, str) or not 1 <= len(suggestions) <= SUGGESTIONS:
        given = f"{suggestions!r:.80}"
        raise BadVerb(f"show_suggestions takes a list of 1 to {SUGGESTIONS} texts, not {given}.")
    return list(dict.fromkeys(_line(one, SUGGESTION_LENGTH, "suggestion") for one in suggestions))


def _line(text: object, longest: int, what: str) -> str:
    words = " ".join(clean_reply(str(text)).split())
    clean_text(words)
    if not words or len(words) > longest:
        raise BadVerb(f"A {what} is a line of 1 to {longest} characters, which {words[:80]!r} is not.")
    return words
