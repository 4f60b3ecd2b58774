"""A chat beside each thread, and one for all of the desk."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Organization, User
from capsule_testing import Browser, NotShown, as_user, assert_only_visible_to, conversation, page
from collections_app import Row
from conversations.models import ChatMessage, Conversation
from demo.declarations import threads
from tests.demo.conftest import person

NOBODY = "01890000-0000-7000-8000-000000000000"
TALK = "/talk/"


def beside(id: str) -> str:
    return reverse("pages:thread_talk", args=[id])


def as_it_is(row: Row) -> Row:
    with as_user(person("alice")):
        found = threads.get(row.id)
    assert found is not None
    return found


# Beside a thread -----------------------------------------------------------------------------------


def test_each_thread_has_a_chat_that_its_organisation_shares(alice: User, bob: User, row: Row) -> None:
    said = "The printer again, I think."
    page(beside(row.id), as_=alice).chat("About this thread").send(said)
    assert said in page(beside(row.id), as_=bob).chat().messages
    with as_user(alice):
        other = next(one for one in threads.find(limit=2) if one.id != row.id)
    assert page(beside(other.id), as_=alice).chat().messages == []
    chat = Conversation.objects.get(handler="beside-thread")
    assert chat.thread_key == row.id and chat.scope == "owner"


def test_to_others_neither_the_thread_nor_its_chat_is_there(alice: User, bob: User, row: Row) -> None:
    page(beside(row.id), as_=alice).chat().send("A secret.")
    chat = Conversation.objects.get(handler="beside-thread")
    assert_only_visible_to(beside(row.id), alice, bob)
    assert_only_visible_to(f"/conversations/{chat.pk}/", alice, bob)
    for name, refused in (("charlie", 404), ("dana", 404), ("nobody", 401)):
        stranger = Browser(person(name))
        for id in (row.id, NOBODY, "nonsense"):
            assert stranger.post(beside(id)).status == 405
        posted = stranger.post(f"/conversations/{chat.pk}/messages/", {"text": "Hi", "client_id": "x"})
        assert posted.status == refused
    assert ChatMessage.objects.filter(author="person").count() == 1


@pytest.mark.parametrize("id", [NOBODY, "nonsense"])
def test_a_thread_that_never_was_is_there_for_nobody(desk: Organization, id: str) -> None:
    assert_only_visible_to(beside(id))


def test_what_was_signed_beside_one_thread_is_refused_beside_another(
    alice: User, charlie: User, row: Row
) -> None:
    """A stranger's page cannot be made to speak of the thread either: the signature is its person's."""
    chat = page(beside(row.id), as_=alice).chat()
    chat.page.browser.client = Browser(charlie).client
    with pytest.raises(NotShown, match="refused this, 422"):
        chat.send("take")
    assert not Conversation.objects.filter(handler="beside-thread").exists()
    assert as_it_is(row) == row


@pytest.mark.parametrize(
    ("words", "key", "value"), [("take", "assignee", "Bob"), (" Urgent! ", "priority", 4)]
)
def test_a_word_changes_the_thread_as_whoever_says_it(
    bob: User, row: Row, words: str, key: str, value: object
) -> None:
    page(beside(row.id), as_=bob).chat().send(words)
    assert as_it_is(row)[key] == value


@pytest.mark.parametrize(("answer", "left"), [("Close it", "closed"), ("Leave it open", "open")])
def test_close_asks_first(alice: User, bob: User, row: Row, answer: str, left: str) -> None:
    page(beside(row.id), as_=bob).chat().send("close")
    assert as_it_is(row)["status"] == "open"
    page(beside(row.id), as_=alice).chat().press(answer)
    assert as_it_is(row)["status"] == left
    if left == "closed":
        again = page(beside(row.id), as_=bob).chat().send("close")
        assert again.answers[-1] == "It is closed already."


def test_the_record_stands_beside_the_chat_and_is_followed(bob: User, row: Row) -> None:
    shown = page(beside(row.id), as_=bob)
    assert row["sender"] in shown.text and "Assigned to" not in shown.text
    assert "collection:threads:" in shown.main.get("data-live")
    assert "Assigned to" in shown.chat().send("take").page.text


def test_a_thread_that_is_gone_is_said_to_be(alice: User, row: Row) -> None:
    context = {"thread": row.id}
    talk = conversation("beside-thread", as_=alice, scope="owner", thread=row.id, context=context)
    with as_user(alice):
        row.delete()
    assert talk.send("take").text == "This thread is not there any more."
    assert page(beside(row.id), as_=alice).status == 404


def test_a_message_to_a_colleague_is_not_answered(bob: User, row: Row) -> None:
    chat = page(beside(row.id), as_=bob).chat().send("Shall we call them?")
    assert chat.answers == [] and chat.suggestions == ["take", "urgent", "close"]


# The desk's own ------------------------------------------------------------------------------------


def test_what_one_pins_hangs_there_for_all_of_the_organisation(alice: User, bob: User) -> None:
    assert "Nothing yet." in page(TALK, as_=alice).text
    for member, words in ((alice, "pin <b>Lift</b> is out until 3"), (bob, "Pin: cake in the kitchen")):
        assert page(TALK, as_=member).chat("desk-talk").send(words).answers[-1] == "Pinned."
    hangs = "1. <b>Lift</b> is out until 3 (Alice) 2. cake in the kitchen (Bob)"
    for member in (alice, bob):
        shown = page(TALK, as_=member)
        assert hangs in shown.text and "<b>Lift</b>" not in shown.html
    assert_only_visible_to(TALK, alice, bob, text="cake in the kitchen")
    assert "Nothing yet." in page(TALK, as_=person("dana")).text
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
def test_what_hangs_there_is_taken_down(alice: User, words: str, answer: str, left: list[str]) -> None:
    board = {"pinned": [{"text": note, "by": "Alice"} for note in ("one", "two")]}
    talk = conversation("desk-talk", as_=alice, mode="single", scope="owner", context=board)
    assert talk.send(words).text == answer
    assert [note["text"] for note in talk.data["pinned"]] == left


def test_a_board_has_an_end(alice: User) -> None:
    board = {"pinned": [{"text": f"note {at}", "by": "Alice"} for at in range(7)]}
    talk = conversation("desk-talk", as_=alice, mode="single", scope="owner", context=board)
    assert talk.send(f"pin {'x' * 300}").text == "Pinned."
    assert talk.send("pin more").text.startswith("The board is full.")
    pinned = talk.data["pinned"]
    assert len(pinned) == 8 and pinned[-1]["text"] == "x" * 200


def test_the_table_leads_to_each_threads_chat(alice: User, row: Row) -> None:
    table = page(TALK, as_=alice).table("threads").filter(subject=row["subject"])
    assert table.rows[0].url == beside(row.id)
