"""A chat beside each thread, and one for all of the desk."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from capsule import acting_as
from capsule.identity import Identity
from collections_app import Row
from conversations.models import ChatMessage, Conversation, Prompt, State
from conversations.ownership import begin
from conversations.posting import settle
from conversations.seats import Seat
from demo.declarations import threads
from tests.collections_app.files.content import PNG, uploaded
from tests.conversations.chatting import reply_to, run_all, say
from tests.conversations.conftest import data_of
from tests.conversations.test_chat_panel import panel, post_from
from tests.demo.conftest import client_of

NOBODY = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def row(desk: Organization) -> Row:
    """One open thread of Acme Support."""
    with acting_as(user=person("alice"), organization=desk):
        found = threads.find_one({"status": "open"})
        assert found is not None
        found.patch({"priority": 1, "assignee": None})
        return found


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def beside(id: str) -> str:
    return reverse("pages:thread_talk", args=[id])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    html = unescape(response.content.decode())
    assert "could not be shown" not in html
    return html


def write(client: Client, address: str, name: str, words: str) -> ChatMessage:
    """Write in the chat of a page, as a person does; what was written, answered."""
    shown = panel(client.get(address).content.decode(), name)
    assert post_from(client, shown, words).status_code == 302
    run_all()
    return ChatMessage.objects.filter(author="person").latest("created_at")


# Beside a thread -----------------------------------------------------------------------------------


def test_each_thread_has_a_chat_that_its_organisation_shares(desk: Organization, row: Row) -> None:
    alice, bob = client_of("alice", desk), client_of("bob", desk)
    write(alice, beside(row.id), "beside-thread", "The printer again, I think.")
    assert "The printer again, I think." in text(bob, beside(row.id))
    with acting_as(user=person("alice"), organization=desk):
        other = next(one for one in threads.find(limit=2) if one.id != row.id)
    assert "The printer again" not in text(alice, beside(other.id))
    chat = Conversation.objects.get(handler="beside-thread")
    assert chat.thread_key == row.id and chat.scope == "owner"


@pytest.mark.parametrize("name", ["charlie", "dana", "nobody"])
def test_to_others_neither_the_thread_nor_its_chat_is_there(desk: Organization, row: Row, name: str) -> None:
    write(client_of("alice", desk), beside(row.id), "beside-thread", "A secret.")
    stranger = client_of(name, desk)
    expected = 302 if name == "nobody" else 404
    for id in (row.id, NOBODY, "nonsense"):
        assert stranger.get(beside(id)).status_code == expected
        assert stranger.post(beside(id)).status_code == 405
    chat = Conversation.objects.get(handler="beside-thread")
    address = f"/conversations/{chat.pk}/"
    assert stranger.get(address).status_code == expected
    posted = stranger.post(f"{address}messages/", {"text": "Hi", "client_id": "x"})
    assert posted.status_code == (401 if name == "nobody" else 404)
    assert ChatMessage.objects.filter(author="person").count() == 1


def test_what_was_signed_beside_one_thread_is_refused_beside_another(desk: Organization, row: Row) -> None:
    """A stranger's page cannot be made to speak of the thread either: the signature is its person's."""
    alice = client_of("alice", desk)
    shown = panel(alice.get(beside(row.id)).content.decode(), "beside-thread")
    charlie = client_of("charlie", desk)
    assert post_from(charlie, shown, "take").status_code == 422
    assert not Conversation.objects.filter(handler="beside-thread").exists()
    with acting_as(user=person("alice"), organization=desk):
        assert threads.get(row.id) == row


@pytest.mark.parametrize(
    ("words", "key", "value"), [("take", "assignee", "Bob"), (" Urgent! ", "priority", 4)]
)
def test_a_word_changes_the_thread_as_whoever_says_it(
    desk: Organization, row: Row, words: str, key: str, value: object
) -> None:
    bob = client_of("bob", desk)
    write(bob, beside(row.id), "beside-thread", words)
    with acting_as(user=person("alice"), organization=desk):
        changed = threads.get(row.id)
    assert changed is not None and changed[key] == value


@pytest.mark.parametrize("approves", [True, False])
def test_close_asks_first(desk: Organization, row: Row, approves: bool) -> None:
    bob = client_of("bob", desk)
    write(bob, beside(row.id), "beside-thread", "close")
    chat = Conversation.objects.get(handler="beside-thread")
    settle(chat, person("alice"), Prompt.objects.get(), approves)
    run_all()
    with acting_as(user=person("alice"), organization=desk):
        left = threads.get(row.id)
    assert left is not None and left["status"] == ("closed" if approves else "open")
    if approves:
        again = say(chat, "close", person("bob"))
        run_all()
        assert reply_to(again) == "It is closed already."


def test_the_record_stands_beside_the_chat_and_is_followed(desk: Organization, row: Row) -> None:
    bob = client_of("bob", desk)
    html = text(bob, beside(row.id))
    assert row["sender"] in html and "Assigned to" not in html
    marks = html.partition('<main id="main"')[2].partition(">")[0]
    assert "collection:threads:" in marks
    write(bob, beside(row.id), "beside-thread", "take")
    assert "Assigned to" in text(bob, beside(row.id))


def test_a_thread_that_is_gone_is_said_to_be(desk: Organization, row: Row) -> None:
    identity = Identity.of(person("alice"), desk)
    seat = Seat("owner", row.id)
    chat = begin(identity, "beside-thread", seat, {"thread": row.id})
    with acting_as(identity):
        row.delete()
    asked = say(chat, "take")
    run_all()
    assert reply_to(asked) == "This thread is not there any more."
    assert client_of("alice", desk).get(beside(row.id)).status_code == 404


def test_a_message_to_a_colleague_is_not_answered(desk: Organization, row: Row) -> None:
    asked = write(client_of("bob", desk), beside(row.id), "beside-thread", "Shall we call them?")
    assert [reply.kind for reply in asked.replies.all()] == ["suggestions"]
    asked.refresh_from_db()
    assert asked.state == State.DONE


# The desk's own ------------------------------------------------------------------------------------


def test_what_one_pins_hangs_there_for_all_of_the_organisation(desk: Organization) -> None:
    address = reverse("pages:talk")
    alice, bob = client_of("alice", desk), client_of("bob", desk)
    assert "Nothing yet." in text(alice, address)
    assert reply_to(write(alice, address, "desk-talk", "pin <b>Lift</b> is out until 3")) == "Pinned."
    assert reply_to(write(bob, address, "desk-talk", "Pin: cake in the kitchen")) == "Pinned."
    for member in (alice, bob):
        html = text(member, address)
        assert "1. <b>Lift</b> is out until 3 (Alice)\n2. cake in the kitchen (Bob)" in html
        assert "<b>Lift</b>" not in member.get(address).content.decode()
    for stranger in ("charlie", "dana"):
        html = text(client_of(stranger, desk), address)
        assert "Nothing yet." in html and "kitchen" not in html
    assert Conversation.objects.filter(handler="desk-talk").count() == 1


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        ("unpin 1", "Taken down.", ["two"]),
        ("unpin 2", "Taken down.", ["one"]),
        ("unpin 3", "There is no number 3 on the board.", ["one", "two"]),
        ("unpin 0", "There is no number 0 on the board.", ["one", "two"]),
        ("unpin", "", ["one", "two"]),
        ("pin", "", ["one", "two"]),
        ("pinball tonight?", "", ["one", "two"]),
    ],
)
def test_what_hangs_there_is_taken_down(desk: Organization, words: str, answer: str, left: list[str]) -> None:
    chat = board(desk, ["one", "two"])
    asked = say(chat, words)
    run_all()
    assert reply_to(asked) == answer
    assert [note["text"] for note in pinned(chat)] == left


def test_a_board_has_an_end(desk: Organization) -> None:
    chat = board(desk, [f"note {at}" for at in range(7)])
    asked = [say(chat, f"pin {'x' * 300}"), say(chat, "pin more")]
    run_all()
    assert reply_to(asked[0]) == "Pinned."
    assert reply_to(asked[1]).startswith("The board is full.")
    assert len(pinned(chat)) == 8 and pinned(chat)[-1]["text"] == "x" * 200


def test_the_table_leads_to_each_threads_chat(desk: Organization, row: Row) -> None:
    html = text(client_of("alice", desk), f"{reverse('pages:talk')}?threads-is-subject={row['subject']}")
    assert f'href="{beside(row.id)}"' in html


def board(desk: Organization, notes: list[str]) -> Conversation:
    said: dict[str, Any] = {"pinned": [{"text": note, "by": "Alice"} for note in notes]}
    return begin(Identity.of(person("alice"), desk), "desk-talk", Seat("owner", single=True), said)


def pinned(chat: Conversation) -> list[dict[str, str]]:
    return list(data_of(chat)["pinned"])


# Files -----------------------------------------------------------------------------------------------


def test_a_file_that_is_sent_beside_a_thread_hangs_on_it(desk: Organization, row: Row) -> None:
    alice = client_of("alice", desk)
    shown = panel(alice.get(beside(row.id)).content.decode(), "beside-thread")
    assert post_from(alice, shown, "", files=[uploaded(PNG, "screen.png")]).status_code == 302
    run_all()
    turn = ChatMessage.objects.filter(author="person").latest("created_at")
    assert reply_to(turn) == "“screen.png” hangs on the thread now."
    page = text(client_of("bob", desk), beside(row.id))
    with acting_as(user=person("alice"), organization=desk):
        now = threads.get(row.id)
        assert now is not None and now["attachment"]["label"] == "screen.png"
        assert now["attachment"]["id"] != turn.block["files"][0]["id"]  # a copy of its own
        address = now.file_address("attachment")
    assert address is not None and address in page and f"/files/{turn.block['files'][0]['id'][:8]}" in page


def test_a_csv_is_shown_and_its_threads_are_added_when_somebody_says_so(desk: Organization) -> None:
    lines = b"subject,sender,more\nInk is out,a@example.com,x\nNo sound,b@example.com,\n"
    turn, before = send_csv(desk, lines), count(desk)
    asked = Prompt.objects.get(reply__turn=turn)
    assert asked.reply.text == "Add these 2 threads?" and count(desk) == before
    assert settle(asked.reply.conversation, person("alice"), asked, approves=True)
    run_all()
    assert count(desk) == before + 2
    # Of threads that cannot be, none is added; what is no such table is told.
    wrong = send_csv(desk, b"subject,sender\nGood,a@example.com\nBad,nobody\n")
    asked = Prompt.objects.get(reply__turn=wrong)
    assert settle(asked.reply.conversation, person("alice"), asked, approves=True)
    run_all()
    assert count(desk) == before + 2
    assert ChatMessage.objects.filter(text__startswith="Nothing was added.").count() == 1
    assert "has the columns subject and sender" in reply_to(send_csv(desk, b"a,b\n1,2\n"))
    latin = "subject,sender\nGrüße,a@b.de\n".encode("cp1252")
    assert "cannot be read as a CSV" in reply_to(send_csv(desk, latin))
    assert "more than 100 threads" in reply_to(send_csv(desk, b"subject,sender\n" + b"x,a@b.de\n" * 101))


def send_csv(desk: Organization, content: bytes) -> ChatMessage:
    sent = client_of("alice", desk).post(
        "/conversations/start/desk-assistant/", {"text": "", "files": [uploaded(content, "threads.csv")]}
    )
    assert sent.status_code == 302
    run_all()
    return ChatMessage.objects.filter(author="person", kind="text").latest("created_at")


def count(desk: Organization) -> int:
    with acting_as(user=person("alice"), organization=desk):
        return threads.count()
