"""``conversation(as_=alice).send("hi")``: a turn of a conversation, run here and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from django.core.files import File

from accounts.models import Organization, User
from capsule.access import require
from capsule.identity import Identity, acting_as
from capsule.widgets import Widget
from capsule_testing.browsing import Page, page
from capsule_testing.people import identity_for, name_of
from capsule_testing.problems import NotShown, heard, those_there
from capsule_testing.turns import run_turns
from conversations.blocks import unpacked
from conversations.contexts import PageSays
from conversations.data import SessionData
from conversations.declarations import handler_named
from conversations.files import kept_files
from conversations.models import ChatMessage, Conversation, Kind, Prompt, State
from conversations.ownership import begin
from conversations.posting import empty_chat, post, settle
from conversations.seats import ChatScope, Seat, thread_key
from conversations.sessions import ConversationStore
from pages.ui.said import Said

__all__ = ["Answer", "Reply", "Talk", "conversation"]

_ids = count()


def conversation(
    name: str | None = None,
    as_: User | None = None,
    *,
    organization: Organization | None = None,
    mode: Literal["multi", "single"] = "multi",
    scope: ChatScope = "user",
    thread: object = None,
    context: Mapping[str, Any] | None = None,
) -> Talk:
    """A new conversation of ``as_`` with the message handler ``name`` (default: the one without a name).

    What ``@enter`` does has run: see ``.greeting``. ``mode``, ``scope``, ``thread`` and ``context`` are what
    ``ui.ChatPanel`` would say: the data of a new conversation begins with its context.

    Raises ``NotDeclared`` for another name, and what the handler's ``access=`` refuses.

    Example::

        talk = conversation(as_=alice)
        assert talk.send("hi").text == "Hello Alice."
        assert talk.data["turns"] == 1
    """
    handler = handler_named(name)
    identity = identity_for(as_, organization)
    require(handler.access, identity)
    if as_ is None:  # it belongs to a visitor's browser, which a conversation of its own stands for
        identity = Identity.of(session=begin(identity).pk)
    said = PageSays(context or {}, Seat(scope, thread_key(thread), mode == "single"))
    with acting_as(identity):
        chat = empty_chat(identity, as_, handler.name, said)
    talk = Talk(chat, as_, identity, organization, context or {})
    talk.run()
    return talk


@dataclass(frozen=True)
class Reply:
    """One of the replies to a message: a text, a widget, suggestions, or a question.

    ``kind`` is ``"text"``, ``"notice"``, ``"widget"``, ``"suggestions"`` or ``"prompt"``.

    Example: ``[reply.kind for reply in talk.send("Show all").replies]``
    """

    kind: str
    text: str = ""
    widget: Widget | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """All that was replied to one message.

    ``replies`` are its parts, in order. Example: ``talk.send("close it").approve().text``
    """

    talk: Talk
    message: ChatMessage
    replies: tuple[Reply, ...]

    @property
    def text(self) -> str:
        """The texts, one below the other."""
        return "\n".join(one.text for one in self.replies if one.text)

    @property
    def widgets(self) -> list[Widget]:
        """The widgets that were shown: as they were made, and not drawn. For that see ``talk.page()``."""
        return [one.widget for one in self.replies if one.widget is not None]

    @property
    def suggestions(self) -> list[str]:
        """What was suggested to say next."""
        return [text for one in self.replies for text in one.suggestions]

    def choose(self, suggestion: str) -> Answer:
        """Press one of the suggestions. Raises ``NotShown`` for what was not suggested."""
        if suggestion not in self.suggestions:
            raise NotShown(f"'{suggestion}' was not suggested. {those_there(suggestion, self.suggestions)}")
        return self.talk.send(suggestion)

    def approve(self) -> Answer:
        """Answer the question with yes: what its action then says."""
        return self._settled(True)

    def decline(self) -> Answer:
        """Answer the question with no."""
        return self._settled(False)

    def _settled(self, approves: bool) -> Answer:
        asked = Prompt.objects.filter(reply__turn=self.message).first()
        if asked is None:
            raise NotShown(f"Nothing was asked: the answer was {self.text!r}.")
        settle(self.talk.conversation, self.talk.identity, self.talk.person, asked, approves)
        follows = self.talk.run()
        return follows[-1] if follows else Answer(self.talk, self.message, ())


@dataclass(frozen=True)
class Talk:
    """A conversation, and the person who is in it.

    Example: ``conversation("helper", as_=alice).send("How many?").text``
    """

    conversation: Conversation
    person: User | None
    identity: Identity
    organization: Organization | None = None
    context: Mapping[str, Any] | None = None

    def send(self, text: str, files: Sequence[File[Any]] = ()) -> Answer:
        """Write a message, ``files`` beside it, and run its turn. What the handler raises is raised here.

        Raises ``MessageRefused`` for what nobody may write: nothing, too much, too often, or files that the
        handler does not take.

        Example: ``talk.send("Our plan", files=[SimpleUploadedFile("plan.txt", b"1. Begin")])``
        """
        with acting_as(self.identity):
            kept = kept_files(handler_named(self.conversation.handler).files, files)
            client_id = f"kit-{next(_ids)}"
            message = post(self.conversation, self.person, text, client_id, self.context, files=kept)
        return next(one for one in self.run() if one.message.pk == message.pk)

    @property
    def data(self) -> dict[str, Any]:
        """What is stored in ``session.data``."""
        return dict(SessionData(ConversationStore(conversation_id=self.conversation.pk)))

    @property
    def greeting(self) -> str:
        """What ``@enter`` said."""
        told = ChatMessage.objects.filter(conversation=self.conversation, turn__kind=Kind.ENTER)
        entered = told.exclude(text="")
        return "\n".join(entered.order_by("part").values_list("text", flat=True))

    @property
    def history(self) -> list[str]:
        """All that was said, in order."""
        said = ChatMessage.objects.filter(conversation=self.conversation).exclude(text="")
        return [*said.order_by("position", "part").values_list("text", flat=True)]

    def page(self) -> Page:
        """The page of this conversation, as its person sees it."""
        return page(f"/conversations/{self.conversation.pk}/", self.person, organization=self.organization)

    def run(self) -> list[Answer]:
        """Run the turns that wait, and give what was answered in this conversation, in order."""
        waiting = ChatMessage.objects.filter(conversation=self.conversation, state=State.QUEUED)
        turns = list(waiting.order_by("position"))
        with heard() as failures:
            run_turns()
        for turn in turns:
            turn.refresh_from_db()
            if turn.state != State.DONE:
                told = f"{turn.get_state_display()}: {turn.text or turn.kind!r} of {name_of(self.person)}"
                raise NotShown(f"{told}. {turn.problem}") from (failures[-1].error if failures else None)
        return [Answer(self, turn, self._replies(turn)) for turn in turns]

    def _replies(self, turn: ChatMessage) -> tuple[Reply, ...]:
        return tuple(
            Reply(
                one.kind,
                one.text,
                _widget_of(one),
                tuple(one.block.get("texts", ())) if one.kind == Kind.SUGGESTIONS else (),
            )
            for one in turn.replies.order_by("part")
        )


def _widget_of(reply: ChatMessage) -> Widget | None:
    if reply.kind != Kind.WIDGET:
        return None
    widget = unpacked(reply.block, str(reply.pk), reply.conversation_id)
    return widget.inner if isinstance(widget, Said) else widget
