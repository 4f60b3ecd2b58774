"""The desk assistant: real answers, from what the person who asks may see."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organization, User
from capsule import acting_as
from conversations.data import SessionData
from demo import assistant
from demo.assistant import answer_to, spoken
from demo.declarations import desk_assistant, threads
from tests.demo.conftest import client_of

TODAY = timezone.localdate


def thread(subject: str, status: str = "open", priority: int = 2, received: object = None) -> None:
    threads.insert_one({
        "subject": subject, "sender": "a@b.example", "status": status, "priority": priority,
        "received": received or "2026-01-15",
    })  # fmt: skip


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant, "PAUSE", 0)


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
    return answer_to(text, threads, turn=1)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how many are open?", "1 open"),
        ("How many are new or waiting?", "1 new, 2 waiting"),
        ("how many", "1 new, 1 open, 2 waiting, 1 closed"),
        ("urgent ones", "1 thread is urgent."),
        ("what came today?", "1 thread came in today."),
        ("oldest waiting", "The lift stands"),
        ("what waits longest?", "The lift stands"),
        ("find kettle", "2 threads have “kettle” in their subject."),
        ("  FIND   the   Kettle? ", "1 thread has “the Kettle” in its subject."),
        ("find a needle", "No thread has “a needle” in its subject."),
    ],
)
def test_a_question_is_answered(small_desk: None, question: str, answer: str) -> None:
    assert answer in asked(question)


def test_what_is_found_is_listed_newest_first(small_desk: None) -> None:
    found = asked("find kettle")
    assert found.index("The kettle hums") < found.index("A KETTLE is lost")


def test_of_many_five_are_listed(small_desk: None) -> None:
    for at in range(8):
        thread(f"Spoon {at}")
    found = asked("find spoon")
    assert "8 threads have “spoon” in their subject. The newest 5:" in found
    assert found.count("- Spoon") == 5


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
    thread("A [spoon](https://evil.example) *now* <b>")
    assert r"A \[spoon\](https://evil.example) \*now\* \<b>" in asked("find spoon")
    assert r"“\*spoon\*”" in asked("find *spoon*")


def test_an_answer_comes_in_pieces_and_is_whole() -> None:
    text = "Turn 1. Two lines:\n\n- one\n- two"
    assert len([*spoken(text)]) > 5
    assert "".join(spoken(text)) == text


def test_turns_are_counted_in_the_session(small_desk: None) -> None:
    session: Any = SimpleNamespace(data=SessionData(Kept()))
    for turn in (1, 2, 3):
        answer = "".join(desk_assistant(session, SimpleNamespace(text="how many?")))  # type: ignore[arg-type]
        assert answer.startswith(f"Turn {turn}. ")


class Kept:
    """A conversation's data, kept in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        return dict(self.stored)

    def follow(self) -> bool:
        return True

    def change(self, work: Any) -> dict[str, Any]:
        self.stored = work(self.read())
        return self.read()


def test_the_panel_stands_on_the_first_page(desk: Organization) -> None:
    html = client_of("alice", desk).get("/").content.decode()
    assert 'id="chat-desk-assistant"' in html
    assert "Message to Desk assistant" in html
