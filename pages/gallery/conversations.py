"""A conversation in every state: of a turn, and of what is said in it. None of its messages is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from capsule.identity import Identity
from conversations.blocks import packed
from conversations.declarations import MessageHandler
from conversations.files import Files
from conversations.models import Answer, Author, ChatMessage, Conversation, Kind, Prompt, State
from conversations.panel import Panel, Shown, draw_panel, exchanges_of
from conversations.problems import FAILED
from pages import ui
from pages.gallery.states import state

CHAT = Conversation(pk=UUID(int=7), title="Printers", handler="states")
HANDLER = MessageHandler("states", "Desk assistant", lambda session, msg: None, "public", False, __name__, 1)
PDF = "application/pdf"
CLOSED = replace(HANDLER, access=lambda identity: False)
ROWS = [{"subject": "The printer is out of ink", "status": "open"}, {"subject": "No sound", "status": "new"}]


def _row(position: int, part: int, text: str, **more: Any) -> ChatMessage:
    """A message that nobody stores; part 0 is the person's."""
    author = Author.ASSISTANT if part else Author.PERSON
    pk = uuid5(CHAT.pk, f"{position} {part}")
    return ChatMessage(
        pk=pk, conversation=CHAT, position=position, part=part, author=author, text=text, **more
    )


def _turn(position: int, text: str, *replies: dict[str, Any], **more: Any) -> list[ChatMessage]:
    said = _row(position, 0, text, **more)
    return [said, *(_row(position, part, turn=said, **reply) for part, reply in enumerate(replies, 1))]


def _panel(request: HttpRequest, *turns: list[ChatMessage], **more: Any) -> SafeString:
    about = {"handler": HANDLER, "conversation": CHAT, "here": request.path, "title": "Desk assistant"}
    panel = Panel(dom_id="chat-states", **{**about, **more})
    return draw_panel(request, panel, Shown(exchanges_of(request, panel, turns, may=_may)))


def _may(action: str, identity: Identity) -> bool:
    """Nothing that is asked here is declared."""
    return action != "not-yours"


ANSWERED = _turn(1, "How many are open?", {"text": "There are **two**:"})


@state("conversation", "empty", "Nobody has written yet.", "chat:empty")
def empty(request: HttpRequest) -> SafeString:
    return _panel(request, conversation=None, handler=None)


@state("conversation", "writing", "The answer grows, and can be stopped.", "chat:running")
def writing(request: HttpRequest) -> SafeString:
    growing = {"text": "Let me see: the printer", "state": State.RUNNING}
    return _panel(request, ANSWERED, _turn(2, "And why?", growing, state=State.RUNNING))


@state("conversation", "waiting", "Another turn runs first.", "chat:queued")
def waiting(request: HttpRequest) -> SafeString:
    return _panel(request, ANSWERED, _turn(2, "And why?", state=State.QUEUED))


@state("conversation", "failed", "What went wrong, under a number; it can be tried again.", "chat:failed")
def failed(request: HttpRequest) -> SafeString:
    said = {"state": State.FAILED, "problem": FAILED, "error_id": "5f2c90ab77d04d1e8c3a"}
    return _panel(request, ANSWERED, _turn(2, "And why?", **said))


@state("conversation", "interrupted", "Its process has ended.", "chat:interrupted")
def interrupted(request: HttpRequest) -> SafeString:
    return _panel(request, _turn(1, "And why?", {"text": "Because"}, state=State.INTERRUPTED))


@state("conversation", "stopped", "The person stopped it.", "chat:stopped")
def stopped(request: HttpRequest) -> SafeString:
    return _panel(request, _turn(1, "And why?", {"text": "Because"}, state=State.STOPPED))


@state(
    "conversation", "shows", "Widgets in a reply, a notice, and what to write next.",
    "chat:done", "chat:text", "chat:widget", "chat:notice", "chat:suggestions",
)  # fmt: skip
def shows(request: HttpRequest) -> SafeString:
    numbers = ui.Row([ui.Metric("Open", value=2), ui.Metric("Urgent", value=1)])
    texts = ["What is urgent?", "What came today?", "Which of all the threads of this week waits longest?"]
    replies: list[dict[str, Any]] = [
        {"text": "There are **two**:"},
        {"text": "", "kind": Kind.WIDGET, "block": packed(ui.Table(ROWS, label="Open"))},
        {"text": "", "kind": Kind.WIDGET, "block": packed(numbers)},
        {"text": "The list was brought up to date.", "kind": Kind.NOTICE},
        {"text": "", "kind": Kind.SUGGESTIONS, "block": {"texts": texts}},
    ]
    return _panel(request, _turn(1, "How many are open?", *replies))


@state("conversation", "files", "Files came along, and more may be attached.", "chat:files")
def files(request: HttpRequest) -> SafeString:
    names = {"The whole log of the night in which the printer stopped.txt": "text/plain", "offer.pdf": PDF}
    kept = [
        {"id": UUID(int=number).hex, "label": name, "size": 48_000, "type": kind}
        for number, (name, kind) in enumerate(names.items(), 10)
    ]
    alone = _turn(2, "", {"text": "I have read it."}, block={"files": kept[:1]})
    turns = _turn(1, "Look at these", {"text": "Thank you."}, block={"files": kept}), alone
    return _panel(request, *turns, handler=replace(HANDLER, files=Files(["image/*", PDF], size="5 MB")))


@state("conversation", "gone", "What was shown is declared no more.", "chat:widget-gone")
def gone(request: HttpRequest) -> SafeString:
    block = {"widget": "Table", "with": {"source": {"collection": "gone"}}}
    return _panel(request, _turn(1, "What is open?", {"text": "", "kind": Kind.WIDGET, "block": block}))


FOLLOWS = {
    Answer.APPROVED: ("Close it", "It is closed."),
    Answer.DECLINED: ("Leave it open", "It stays open."),
}


def _asked(request: HttpRequest, answer: Answer, then: str = "close") -> SafeString:
    turn = _turn(1, "Close the printer", {"text": "Close “The printer is out of ink”?", "kind": Kind.PROMPT})
    labels = {"approve_label": "Close it", "decline_label": "Leave it open"}
    # Which is then the row's: ``row.prompt``.
    Prompt(pk=UUID(int=8), reply=turn[1], then=then, answer=answer, answered_at=timezone.now(), **labels)
    if answer == Answer.OPEN:
        return _panel(request, turn)
    said, done = FOLLOWS[answer]
    return _panel(request, turn, _turn(2, said, {"text": done}, kind=Kind.ACT))


@state("conversation", "asks", "A question that waits.", "chat:prompt", "chat:open")
def asks(request: HttpRequest) -> SafeString:
    return _asked(request, Answer.OPEN)


@state("conversation", "asks-others", "A question that another has to answer.", "chat:asks-others")
def asks_others(request: HttpRequest) -> SafeString:
    return _asked(request, Answer.OPEN, "not-yours")


@state("conversation", "approved", "It was answered, and goes on.", "chat:act", "chat:approved")
def approved(request: HttpRequest) -> SafeString:
    return _asked(request, Answer.APPROVED)


@state("conversation", "declined", "It was answered otherwise.", "chat:declined")
def declined(request: HttpRequest) -> SafeString:
    return _asked(request, Answer.DECLINED)


@state("conversation", "greeted", "It began by itself: nobody wrote.", "chat:enter")
def greeted(request: HttpRequest) -> SafeString:
    return _panel(request, _turn(1, "", {"text": "Hello Ana."}, kind=Kind.ENTER))


@state("conversation", "closed", "The person may read, and not write.", "chat:closed")
def closed(request: HttpRequest) -> SafeString:
    return _panel(request, ANSWERED, handler=CLOSED)
