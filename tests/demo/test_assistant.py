"""The desk assistant: real answers, from what the person who asks may see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import Organization, User
from capsule import acting_as
from capsule.identity import Identity
from capsule_testing import NotShown, conversation, page
from capsule_testing.talking import Talk
from collections_app import Query
from demo import assistant
from demo.assistant import answer_to, spoken
from demo.declarations import notes, threads
from pages import ui
from tests.demo.conftest import person

TODAY = timezone.localdate


def thread(subject: str, status: str = "open", priority: int = 2, received: object = None) -> None:
    threads.insert_one({
        "subject": subject, "sender": "a@b.example", "status": status, "priority": priority,
        "received": received or "2026-01-15",
    })  # fmt: skip


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant, "PAUSE", 0)


# People of a desk of five threads, not those of the desk that the demo fills.
@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.com", name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.com", name="Charlie")


@pytest.fixture
def small_desk(acme: Organization, alice: User) -> Iterator[None]:
    """Acme's five threads, and alice asks."""
    with acting_as(user=alice, organization=acme):
        thread("The kettle hums", received=TODAY())
        thread("A KETTLE is lost", status="new")
        thread("The door squeaks", status="waiting", priority=4, received="2026-02-01")
        thread("The lift stands", status="waiting", received="2026-01-02")
        thread("Paid twice", status="closed", priority=4)
        yield


def asked(text: str) -> str:
    return answer_to(text, threads, turn=1).sentence


def listed(text: str) -> list[str]:
    """The subjects in the table that is shown, in its order."""
    table = answer_to(text, threads, turn=1).shown
    assert isinstance(table, ui.Table) and isinstance(table.source, Query) and isinstance(table.sort, str)
    return [row["subject"] for row in table.source.order_by(table.sort).rows()]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how many are open?", "1 open"),
        ("How many are new or waiting?", "1 new, 2 waiting"),
        ("how many", "1 new, 1 open, 2 waiting, 1 closed"),
        ("urgent ones", "1 thread is urgent."),
        ("what came today?", "1 thread came in today."),
        ("what waits longest?", "The first of these waits longest:"),
        ("how was the week?", "Opened and closed on each of the last seven days:"),
        ("find kettle", "2 threads have “kettle” in their subject."),
        ("  FIND   the   Kettle? ", "1 thread has “the Kettle” in its subject."),
        ("find a needle", "No thread has “a needle” in its subject."),
    ],
)
def test_a_question_is_answered(small_desk: None, question: str, answer: str) -> None:
    assert answer in asked(question)


def test_what_is_found_is_listed_newest_first(small_desk: None) -> None:
    assert set(listed("find kettle")) == {"The kettle hums", "A KETTLE is lost"}
    assert listed("find kettle")[0] == "The kettle hums"
    assert listed("urgent ones") == ["The door squeaks"]
    assert listed("what came today?") == ["The kettle hums"]


def test_who_waits_longest_stands_first(small_desk: None) -> None:
    assert listed("oldest waiting") == ["The lift stands", "The door squeaks"]


def test_a_table_is_a_question_and_no_list(small_desk: None) -> None:
    before = answer_to("find spoon", threads, turn=1).shown
    assert before is None
    thread("A spoon")
    table = answer_to("find spoon", threads, turn=1).shown
    thread("Another spoon")
    assert isinstance(table, ui.Table) and isinstance(table.source, Query)
    assert table.source.count() == 2, "what comes later is in it too"


def test_a_stranger_asks_of_their_own_desk(small_desk: None, charlie: User) -> None:
    with acting_as(user=charlie):
        assert "No thread has" in asked("find kettle")
        assert "0 open" in asked("how many are open?")
        assert "Nothing is urgent." in asked("urgent")
        assert "Nothing came in today." in asked("today")
        assert "Nobody is waiting." in asked("oldest")


@pytest.mark.parametrize(
    "text", ["", "sing a song", "💡", "x" * 30_000, "find", "find   ", "[link](javascript:1)"]
)
def test_what_it_does_not_understand_it_says_with_what_it_can(small_desk: None, text: str) -> None:
    answer = asked(text)
    assert "That I do not understand." in answer
    assert all(example in answer for example in assistant.EXAMPLES)


@pytest.mark.parametrize("example", assistant.EXAMPLES)
def test_it_keeps_what_it_promises(small_desk: None, example: str) -> None:
    assert "do not understand" not in asked(example)


def test_words_of_others_are_only_shown(small_desk: None) -> None:
    assert r"“\*spoon\*”" in asked("find *spoon*")
    assert r"“\[a\](https://evil.example)”" in asked("find [a](https://evil.example)")


def test_an_answer_comes_in_pieces_and_is_whole() -> None:
    text = "Turn 1. Two lines:\n\n- one\n- two"
    assert len([*spoken(text)]) > 5
    assert "".join(spoken(text)) == text


# In a conversation ----------------------------------------------------------------------------------------


@pytest.fixture
def talk(small_desk: None, alice: User) -> Talk:
    return conversation("desk-assistant", as_=alice)


def test_turns_are_counted_and_what_is_next_is_suggested(talk: Talk) -> None:
    for turn in (1, 2, 3):
        answer = talk.send("how many?")
        assert answer.text.startswith(f"Turn {turn}. ")
        assert [reply.kind for reply in answer.replies] == ["text", "widget", "suggestions"]
        assert len(answer.suggestions) == 3


def test_it_says_hello_once(talk: Talk) -> None:
    assert talk.greeting.startswith("Hello Alice.")
    talk.send("how many?")
    assert sum(said.startswith("Hello Alice.") for said in talk.history) == 1


def test_notes_are_kept_in_the_conversation(talk: Talk, alice: User, acme: Organization) -> None:
    answer = talk.send("Note: call Ana back")
    assert answer.text.startswith("Noted.") and len(answer.widgets) == 1
    assert [row["text"] for row in talk.page().table().rows] == ["call Ana back"]
    with acting_as(Identity.of(alice, acme, str(talk.conversation.pk))):
        assert [row["text"] for row in notes.find()] == ["call Ana back"]


@pytest.mark.parametrize("approves", [True, False])
def test_it_closes_what_it_may_and_nothing_else(talk: Talk, approves: bool) -> None:
    asked = talk.send("close door")
    assert asked.text == "Close “The door squeaks”?"
    assert threads.filter(subject="The door squeaks").one()["status"] == "waiting"
    if approves:
        asked.approve()
    else:
        asked.decline()
    status = threads.filter(subject="The door squeaks").one()["status"]
    assert status == ("closed" if approves else "waiting")


@pytest.mark.parametrize(
    ("text", "kinds"), [("close kettle", ["suggestions", "text", "widget"]), ("close paid", ["text"])]
)
def test_what_is_not_one_open_thread_is_not_closed(talk: Talk, text: str, kinds: list[str]) -> None:
    answer = talk.send(text)
    assert [reply.kind for reply in answer.replies] == kinds
    with pytest.raises(NotShown, match="Nothing was asked"):
        answer.approve()


def test_of_several_one_is_named(talk: Talk) -> None:
    several = talk.send("close kettle")
    assert set(several.suggestions) == {"close The kettle hums", "close A KETTLE is lost"}
    thread("The kettle hums again")
    assert several.choose("close The kettle hums").text == "Close “The kettle hums”?"


def test_the_panel_stands_on_the_first_page(desk: Organization) -> None:
    chat = page("/", as_=person("alice")).chat("desk-assistant")
    assert chat.may_write and chat.element.first("textarea") is not None
