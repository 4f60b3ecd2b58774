"""Files beside a message: what is taken, whose it is, what a handler reads, and how long it stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Organization, User
from accounts.organizations import remove_member
from capsule.json_values import dumps
from collections_app.files.attaching import attached
from collections_app.files.keeping import file_storage, stored_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from conversations import Files, Message, MessageFile, SyncSession
from conversations.checks import check_handlers
from conversations.declarations import MessageHandler, message_handlers
from conversations.keeping import erase_person
from conversations.models import ChatMessage, Conversation, State
from conversations.turns import claim_turns
from tests.collections_app.files.content import HTML, PDF, PNG, SVG, TEXT, content_of, uploaded, zipped
from tests.conftest import signed_in
from tests.conversations.chatting import chat_of, reply_to, run_all

pytestmark = pytest.mark.django_db

NAME = "for-a-test"
SEND = f"/conversations/files/{NAME}/"
START = f"/conversations/start/{NAME}/"
JSON = {"Accept": "application/json"}
seen: list[Message] = []


def reply(session: SyncSession, msg: Message) -> str:
    seen.append(msg)
    contents = []
    for file in msg.files:
        with file.open() as opened_one:
            contents.append(f"{file.name} {file.type} {len(opened_one.read())}")
    return "; ".join(contents)


@contextmanager
def declared_with(**other: Any) -> Iterator[None]:
    """The handler, declared otherwise for a block."""
    handler = message_handlers.get(NAME)
    before = {name: getattr(handler, name) for name in other}
    try:
        for name, value in other.items():
            object.__setattr__(handler, name, value)
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(handler, name, value)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    seen.clear()
    takes = Files(["image/*", "text/plain"], size="64 kB", most=2)
    own = MessageHandler(NAME, "Test", reply, "authenticated", False, __name__, 1, takes)
    with message_handlers.temporarily(NAME, own):
        yield


@pytest.fixture
def chat(alice: User, acme: Organization) -> Conversation:
    return chat_of(alice, acme)


def at(chat: Conversation, action: str = "messages/") -> str:
    return f"/conversations/{chat.pk}/{action}"


def send(client: Client, content: bytes = TEXT, name: str = "notes.txt", **more: Any) -> Any:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **JSON}
    return client.post(SEND, content, content_type="application/octet-stream", headers=headers, **more)


def sent(client: Client, *args: Any) -> dict[str, Any]:
    response = send(client, *args)
    assert response.status_code == 201, response.content
    value: dict[str, Any] = response.json()["value"]
    return value


def write(client: Client, chat: Conversation, *files: Any, text: str = "", **more: Any) -> Any:
    """As a form does, with files themselves; or as a script does, with their values."""
    given = [file if hasattr(file, "read") else dumps(file).decode() for file in files]
    return client.post(at(chat), {"text": text, "files": given, **more})


def kept_places() -> list[str]:
    with opened(EVERY_SCOPE):
        return list(stored_files().values_list("place", flat=True))


def test_a_handler_reads_what_came_with_the_message(alice_client: Client, chat: Conversation) -> None:
    text = sent(alice_client)
    assert write(alice_client, chat, text, uploaded(PNG, "shot.png")).status_code == 302
    run_all()
    turn = ChatMessage.objects.get(author="person")
    assert reply_to(turn) == f"notes.txt text/plain {len(TEXT)}; shot.png image/png {len(PNG)}"
    (message,) = seen
    assert [type(file) for file in message.files] == [MessageFile] * 2
    chat.refresh_from_db()
    assert (message.text, chat.title) == ("", "notes.txt")  # a chat that begins with a file is called by it
    # In the page a picture is drawn, and anything else named, both from the conversation's own address.
    page = alice_client.get(at(chat, "")).content.decode()
    for file in message.files:
        assert file.address in page
        answered = alice_client.get(file.address)
        assert len(content_of(answered)) == file.size
        assert answered["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answered["Content-Security-Policy"]
    assert f'<img src="{message.files[1].address}"' in page and "cell-file-name" in page
    # What was said before has its files too, and a model is told their names.
    write(alice_client, chat, text="And?")
    run_all()
    assert seen[1].files == ()
    told = alice_client.get(at(chat), headers=JSON).json()["messages"][0]
    assert [(one["name"], one["size"]) for one in told["files"]] == [
        ("notes.txt", len(TEXT)), ("shot.png", len(PNG))
    ]  # fmt: skip


def test_history_holds_a_message_that_is_files_alone(alice_client: Client, chat: Conversation) -> None:
    told: list[Any] = []

    def listen(session: SyncSession, msg: Message) -> None:
        told.append((session.chat_messages(msg), [one.files for one in session.history]))

    with declared_with(function=listen):
        write(alice_client, chat, sent(alice_client))
        run_all()
        write(alice_client, chat, text="And?")
        run_all()
    messages, files = told[1]
    assert [one["content"] for one in messages] == ["notes.txt", "And?"]
    assert [one.name for one in files[0]] == ["notes.txt"]


def test_programs_send_json_or_a_form(alice_client: Client, chat: Conversation) -> None:
    body = {"text": "look", "files": [sent(alice_client)]}
    assert alice_client.post(at(chat), body, content_type="application/json").status_code == 201
    form = {"text": "look", "files": [uploaded(PNG, "a.png")]}
    assert alice_client.post(at(chat), form, headers=JSON).status_code == 201
    begun = alice_client.post(START, {"files": [uploaded(PNG, "b.png")]}, headers=JSON)
    assert begun.status_code == 201 and begun.json()["state"] == "queued"
    assert [len(one.block["files"]) for one in ChatMessage.objects.filter(author="person")] == [1, 1, 1]


REFUSED = [
    (b"", "empty.txt", 422, "empty"),
    (PDF, "lease.pdf", 415, "pdf"),
    (HTML, "notes.txt", 415, "text/html"),
    (SVG, "shot.png", 415, "svg"),
    (zipped("a.txt"), "bomb.txt", 415, "zip"),
    (b"x" * (64 * 1024 + 1), "long.txt", 413, "larger than"),
]


@pytest.mark.parametrize(
    ("content", "name", "status", "words"), REFUSED, ids=[str(one[1:3]) for one in REFUSED]
)
def test_what_is_not_taken_says_why(
    alice_client: Client, chat: Conversation, content: bytes, name: str, status: int, words: str
) -> None:
    early = send(alice_client, content, name)
    assert early.status_code == status and words in early.json()["fields"]["files"][0]
    page = write(alice_client, chat, uploaded(content, name), text="My draft")
    if content:  # of an empty one Django makes a file of no bytes
        assert page.status_code == status
    shown = unescape(page.content.decode())
    assert words in shown and name in shown and "My draft</textarea>" in shown
    assert not ChatMessage.objects.exists() and not kept_places()


def test_a_form_that_comes_back_keeps_the_files_that_are_taken(
    alice_client: Client, chat: Conversation
) -> None:
    page = write(alice_client, chat, uploaded(TEXT, "good.txt"), uploaded(PDF, "bad.pdf"), text="Both")
    assert page.status_code == 415
    value = unescape(page.content.decode().partition('name="files" value="')[2].partition('"')[0])
    assert json.loads(value)["label"] == "good.txt"
    assert write(alice_client, chat, json.loads(value), text="Both").status_code == 302
    assert ChatMessage.objects.get().block["files"][0]["label"] == "good.txt"


def test_more_than_a_message_holds_is_refused(alice_client: Client, chat: Conversation) -> None:
    three = [sent(alice_client, TEXT, f"{at}.txt") for at in range(3)]
    refused = alice_client.post(at(chat), {"files": three}, content_type="application/json")
    assert (refused.status_code, refused.json()["fields"]) == (
        422, {"files": ["A message holds at most 2 files."]}
    )  # fmt: skip
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize(
    "forged",
    [
        None, 7, "x", [], {}, {"_type": "file"}, {"_type": "file", "id": "x" * 32}, {"id": "0" * 31 + "1"},
        {"_type": "file", "id": "0" * 31 + "1", "label": "a", "size": 1, "type": "text/plain"},
        {"_type": "file", "id": "0" * 31 + "1", "label": "a", "size": "1", "type": "text/plain"},
        {"_type": "file", "id": "0" * 31 + "1", "label": "a", "size": 1, "type": ["text/plain"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_proves_nothing(alice_client: Client, chat: Conversation, forged: Any) -> None:
    refused = alice_client.post(at(chat), {"files": [forged]}, content_type="application/json")
    assert refused.status_code == 422 and "files" in refused.json()["fields"]
    assert alice_client.post(at(chat), {"files": forged}, content_type="application/json").status_code in (
        400,
        422,
    )
    assert not ChatMessage.objects.exists()


def test_a_file_is_its_senders_until_it_is_sent_and_of_one_message(
    alice_client: Client, bob_client: Client, chat: Conversation, bob: User, acme: Organization
) -> None:
    value = sent(alice_client)
    of_bob = chat_of(bob, acme)
    stolen = bob_client.post(at(of_bob), {"files": [value]}, content_type="application/json")
    assert stolen.status_code == 422
    for other in ({**value, "label": "other.txt"}, {**value, "type": "image/png"}, {**value, "more": 1}):
        assert write(alice_client, chat, other).status_code == 422
    assert write(alice_client, chat, value, client_id="once").status_code == 302
    assert write(alice_client, chat, value, client_id="once").status_code == 302  # the same message again
    assert write(alice_client, chat, value, client_id="twice").status_code == 422
    assert write(alice_client, chat, sent(alice_client), sent(alice_client)).status_code == 302
    one = sent(alice_client)
    assert write(alice_client, chat, one, one).status_code == 422
    assert ChatMessage.objects.count() == 2


def test_what_was_sent_for_another_handler_still_has_to_fit(
    alice_client: Client, alice: User, acme: Organization, chat: Conversation
) -> None:
    with declared_with(files=Files()):
        pdf = sent(alice_client, PDF, "lease.pdf")
    assert write(alice_client, chat, pdf).status_code == 415


def test_a_handler_without_files_takes_none(alice_client: Client, chat: Conversation) -> None:
    value = sent(alice_client)
    with declared_with(files=None):
        assert send(alice_client).status_code == 404
        refused = write(alice_client, chat, value, text="Look")
        assert refused.status_code == 422 and "takes no files" in refused.content.decode()
        assert 'type="file"' not in alice_client.get(at(chat, "")).content.decode()
    shown = alice_client.get(at(chat, "")).content.decode()
    assert 'accept="image/*,text/plain,' in shown and "multipart/form-data" in shown


def test_a_file_is_had_by_who_may_open_the_conversation(
    alice: User,
    bob: User,
    charlie_client: Client,
    alice_client: Client,
    bob_client: Client,
    acme: Organization,
) -> None:
    shared = chat_of(alice, acme)
    write(alice_client, shared, sent(alice_client))
    address = f"{at(shared, 'files/')}{UUID(ChatMessage.objects.get().block['files'][0]['id'])}/"
    assert content_of(alice_client.get(address)) == TEXT
    assert content_of(alice_client.get(address, headers={"Range": "bytes=0-3"})) == TEXT[:4]
    never = bob_client.get(f"{at(shared, 'files/')}{uuid4()}/")
    for client in (bob_client, charlie_client):
        assert client.get(address).status_code == 404
        assert client.get(address).content[:200] == never.content[:200]
    assert Client().get(address).status_code in (302, 401)
    Conversation.objects.filter(pk=shared.pk).update(scope="owner")
    assert content_of(bob_client.get(address)) == TEXT
    for method in ("post", "put", "patch", "delete"):
        assert getattr(bob_client, method)(address).status_code == 405
    # From another conversation of their own the same file is not there.
    own = chat_of(bob, acme)
    assert bob_client.get(address.replace(str(shared.pk), str(own.pk))).status_code == 404
    remove_member(alice, acme, bob.pk)
    assert bob_client.get(address).status_code in (302, 404)


def test_a_visitors_file_stays_theirs_after_they_sign_in(alice: User, settings: Any) -> None:
    with declared_with(files=Files(), access="public"):
        visitor = Client()
        assert write_first(visitor).status_code == 302
        # Sent before they sign in, and used after.
        waits = sent(visitor)
        message = ChatMessage.objects.get(author="person")
        address = f"/conversations/{message.conversation_id}/files/{UUID(message.block['files'][0]['id'])}/"
        assert content_of(visitor.get(address)) == TEXT
        assert Client().get(address).status_code in (302, 401, 404)
        assert signed_in(alice).get(address).status_code == 404
        visitor.force_login(alice)
        assert content_of(visitor.get(address)) == TEXT
        assert write(visitor, message.conversation, waits).status_code == 302
        assert content_of(signed_in(alice).get(address)) == TEXT


def write_first(client: Client) -> Any:
    return client.post(START, {"text": "Hello", "files": [uploaded(TEXT, "mine.txt")]})


def test_files_end_with_their_conversation_and_their_person(
    alice: User, bob: User, alice_client: Client, bob_client: Client, chat: Conversation, acme: Organization,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    shared = chat_of(bob, acme)
    Conversation.objects.filter(pk=shared.pk).update(scope="owner")
    for client, where in ((alice_client, chat), (alice_client, shared), (bob_client, shared)):
        assert write(client, where, sent(client)).status_code == 302
    call_command("prune_files", stdout=StringIO())
    assert len(kept_places()) == 3
    before = kept_places()
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(alice)
    assert not Conversation.objects.filter(pk=chat.pk).exists()
    (left,) = kept_places()
    assert [file_storage().exists(place) for place in before] == [place == left for place in before]
    with django_capture_on_commit_callbacks(execute=True):
        shared.delete()
    assert not kept_places() and not file_storage().exists(left)


def test_a_conversation_holds_only_so_much(alice_client: Client, chat: Conversation, settings: Any) -> None:
    settings.CAPSULE_CONVERSATION_FILES = 2 * len(TEXT)
    for status in (302, 302, 422):
        answered = write(alice_client, chat, sent(alice_client), text="More")
        assert answered.status_code == status
    assert "of files" in answered.content.decode() and "More</textarea>" in answered.content.decode()


def test_the_same_message_sent_twice_leaves_nothing_waiting(alice_client: Client, chat: Conversation) -> None:
    for _ in range(2):
        write(alice_client, chat, uploaded(TEXT, "a.txt"), text="Look", client_id="once")
    assert len(kept_places()) == 1 and ChatMessage.objects.count() == 1


def test_names_lead_nowhere(alice_client: Client, chat: Conversation) -> None:
    for name, kept in (
        ("../../etc/passwd.txt", "passwd.txt"),
        ("report\u202etxt.exe", "reporttxt.exe"),
        (f"{'n' * 300}.txt", f"{'n' * 251}.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
    ):
        write(alice_client, chat, uploaded(TEXT, name), text="Look")
        assert ChatMessage.objects.latest("position").block["files"][0]["label"] == kept
    assert "<img src=x" not in alice_client.get(at(chat, "")).content.decode()


def test_an_export_brings_the_files_along(alice_client: Client, chat: Conversation, tmp_path: Path) -> None:
    write(alice_client, chat, sent(alice_client), text="Look")
    told = StringIO()
    call_command("conversations", "export", "--files", str(tmp_path / "files"), stdout=told)
    (file,) = json.loads(told.getvalue())["messages"][0]["files"]
    assert (tmp_path / "files" / file["saved_as"]).read_bytes() == TEXT


def test_a_turn_that_is_tried_again_has_its_files(alice_client: Client, chat: Conversation) -> None:
    write(alice_client, chat, sent(alice_client))
    claim_turns(1)
    ChatMessage.objects.filter(author="person").update(state=State.INTERRUPTED, claim="")
    assert alice_client.post(at(chat, "retry/")).status_code == 302
    run_all()
    assert [file.name for file in seen[0].files] == ["notes.txt"]


def test_a_file_of_a_message_can_be_given_to_a_record_and_not_be_claimed(
    alice_client: Client, chat: Conversation, alice: User
) -> None:
    value = sent(alice_client)
    write(alice_client, chat, value)
    taken = alice_client.post(
        "/collections/test_papers/", {"title": "x", "anything": value}, content_type="application/json"
    )
    assert taken.status_code == 422
    assert attached(f"conv:{chat.pk}", UUID(value["id"])) is not None


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (Files(["image/png "]), "is no type"),
        (Files("image/*"), "is a text"),
        (Files(size="huge"), "is no size"),
        (Files(most=0), "is no whole number from 1 to"),
        (Files(most=11), "is no whole number from 1 to"),
        (["image/*"], "is no Files"),
    ],
    ids=str,
)
def test_a_mistake_in_the_declaration_is_told(takes: Any, words: str) -> None:
    with declared_with(files=takes):
        (problem,) = [one for one in check_handlers() if one.id == "conversations.E010"]
        assert words in problem.msg and problem.hint
