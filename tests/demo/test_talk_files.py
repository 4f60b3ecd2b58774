"""Files in the demo's conversations: a picture hangs on its thread, a CSV becomes threads if one says so."""

from __future__ import annotations

from accounts.models import Organization
from capsule import acting_as
from capsule.identity import Identity
from collections_app import Row
from conversations.models import ChatMessage, Prompt
from conversations.posting import settle
from demo.declarations import threads
from tests.collections_app.files.content import PNG, uploaded
from tests.conversations.chatting import reply_to, run_all
from tests.conversations.test_chat_panel import panel, post_from
from tests.demo.conftest import client_of, person
from tests.demo.test_talks import beside


def test_a_file_that_is_sent_beside_a_thread_hangs_on_it(desk: Organization, row: Row) -> None:
    alice = client_of("alice", desk)
    shown = panel(alice.get(beside(row.id)).content.decode(), "beside-thread")
    assert post_from(alice, shown, "", files=[uploaded(PNG, "screen.png")]).status_code == 302
    run_all()
    turn = ChatMessage.objects.filter(author="person").latest("created_at")
    assert reply_to(turn) == "“screen.png” hangs on the thread now."
    shown_to_bob = client_of("bob", desk).get(beside(row.id)).content.decode()
    with acting_as(user=person("alice"), organization=desk):
        now = threads.get(row.id)
        assert now is not None and now["attachment"]["label"] == "screen.png"
        assert now["attachment"]["id"] != turn.block["files"][0]["id"]  # a copy of its own
        address = now.file_address("attachment")
    assert (
        address is not None
        and address in shown_to_bob
        and f"/files/{turn.block['files'][0]['id'][:8]}" in shown_to_bob
    )


def test_a_csv_is_shown_and_its_threads_are_added_when_somebody_says_so(desk: Organization) -> None:
    alice = person("alice")
    lines = b"subject,sender,more\nInk is out,a@example.com,x\nNo sound,b@example.com,\n"
    turn, before = send_csv(desk, lines), count(desk)
    asked = Prompt.objects.get(reply__turn=turn)
    assert asked.reply.text == "Add these 2 threads?" and count(desk) == before
    assert settle(asked.reply.conversation, Identity.of(alice, desk), alice, asked, approves=True)
    run_all()
    assert count(desk) == before + 2
    # Of threads that cannot be, none is added; what is no such table is told.
    wrong = send_csv(desk, b"subject,sender\nGood,a@example.com\nBad,nobody\n")
    asked = Prompt.objects.get(reply__turn=wrong)
    assert settle(asked.reply.conversation, Identity.of(alice, desk), alice, asked, approves=True)
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
