"""Many writers at once, in threads, requests and processes, lose nothing; on either database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from conversations import ConversationRequest, SessionConflict, SessionData
from conversations.models import Conversation, ConversationSession
from conversations.sessions import ConversationStore, topic_of
from live.changes import version_of
from tests.conftest import PASSWORD, signed_in
from tests.conversations.conftest import Tell, conversation_of, count_in, data_of
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.conversations.urls")]

ROOT = Path(__file__).resolve().parents[2]


def test_400_concurrent_increments_keep_400(proof: Callable[[str], None]) -> None:
    conversation = conversation_of()

    def work(n: int) -> None:
        data = data_of(conversation)
        for _ in range(50):
            data.increment("count")

    together(8, work)
    assert data_of(conversation) == {"count": 400}
    assert ConversationSession.objects.get().version == 400
    assert version_of(topic_of(conversation.pk)) == 401  # and that it began
    proof(f"{data_of(conversation)['count']} of 400")


def test_200_concurrent_appends_keep_200() -> None:
    conversation = conversation_of()
    together(8, lambda n: [data_of(conversation).append("log", [n, at]) for at in range(25)])
    assert sorted(data_of(conversation)["log"]) == [[n, at] for n in range(8) for at in range(25)]


def test_commits_of_different_keys_are_all_kept() -> None:
    conversation = conversation_of()

    def work(n: int) -> None:
        data = data_of(conversation)
        for at in range(20):
            data.setdefault(f"writer {n}", []).append(at)
            data.commit()

    together(8, work)
    assert data_of(conversation) == {f"writer {n}": list(range(20)) for n in range(8)}


def test_a_conflict_is_never_silent() -> None:
    conversation = conversation_of()
    applied: list[list[int]] = []

    def work(n: int) -> None:
        data = data_of(conversation)
        for at in range(10):
            data["log"] = [*data.get("log", []), [n, at]]
            try:
                data.commit()
                applied.append([n, at])
            except SessionConflict:
                data.discard()

    together(4, work)
    assert sorted(data_of(conversation)["log"]) == sorted(applied) != []


# Requests -----------------------------------------------------------------------------------------------


def cookie_twins(client: Client) -> tuple[Client, Client]:
    twin = Client()
    twin.cookies.update(client.cookies)
    return client, twin


def assign_after_both_have_read() -> Callable[[ConversationRequest], None]:
    both = threading.Barrier(2)

    def work(request: ConversationRequest) -> None:
        list(request.conversation.data)
        both.wait(60)
        request.conversation.data[request.POST["key"]] = request.POST["value"]

    return work


@pytest.mark.parametrize(
    ("keys", "statuses"), [(("a", "b"), [200, 200]), (("a", "a"), [200, 409])], ids=["different", "same"]
)
def test_requests_at_once(client: Client, tell: Tell, keys: tuple[str, str], statuses: list[int]) -> None:
    tell(client, lambda request: request.conversation.data.set("begun", True))
    browsers = cookie_twins(client)
    work, answers = assign_after_both_have_read(), {}

    def send(n: int) -> None:
        response = tell(browsers[n], work, data={"key": keys[n], "value": f"value {n}"})
        answers[n] = response.status_code

    together(2, send)
    assert sorted(answers.values()) == statuses
    kept = dict(data_of(Conversation.objects.get()))
    won = {keys[n]: f"value {n}" for n, status in answers.items() if status == 200}
    assert kept == {"begun": True, **won}


def test_first_writes_at_once_begin_one_conversation() -> None:
    alice = User.objects.create_user("alice@example.com", PASSWORD)
    browsers = [signed_in(alice) for _ in range(4)]
    together(4, lambda n: [browsers[n].post("/testapp/counter/") for _ in range(5)])
    assert Conversation.objects.count() == 1
    assert count_in(browsers[0]) == "20"


# Processes ----------------------------------------------------------------------------------------------

INCREMENT = """
import sys, django
django.setup()
from conversations import SessionData
from conversations.sessions import ConversationStore
data = SessionData(ConversationStore(conversation_id=sys.argv[1]))
for _ in range(int(sys.argv[2])):
    data.increment("count")
"""

COUNT_AND_SHOW = """
import sys, django
django.setup()
from django.conf import settings
from django.test import Client
settings.ROOT_URLCONF = "tests.conversations.urls"
client = Client(HTTP_HOST="localhost")
client.cookies[settings.SESSION_COOKIE_NAME] = sys.argv[1]
assert client.post("/testapp/counter/").status_code == 302
print(client.get("/testapp/counter/").content.decode().partition('id="count">')[2].partition("<")[0])
"""


def another_process(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Run a script in a process of its own, on the database of this test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        database = f"sqlite:///{name}"
    else:
        database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out.strip()


@pytest.mark.slow
def test_two_processes_keep_every_increment() -> None:
    conversation = conversation_of()
    others = [another_process(INCREMENT, conversation.pk, 100) for _ in range(2)]
    data = SessionData(ConversationStore(conversation_id=UUID(str(conversation.pk))))
    for _ in range(100):
        data.increment("count")
    for process in others:
        finished(process)
    assert data_of(conversation) == {"count": 300}


@pytest.mark.slow
def test_a_restart_and_a_second_process_go_on_where_it_was(client: Client) -> None:
    client.post("/testapp/counter/")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert finished(another_process(COUNT_AND_SHOW, cookie)) == "2"
    client.post("/testapp/counter/")
    assert count_in(client) == "3"
