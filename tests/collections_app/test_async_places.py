"""The async twins where an application awaits them: in data handlers, consumers, chats and long loops."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.testing import WebsocketCommunicator
from django.db import close_old_connections, connections
from django.db.backends.signals import connection_created

from accounts.models import User
from capsule import Identity, acting_as
from capsule.threads import LastingThreads
from capsule_site.serving import OneHopHandler, on_worker_threads
from collections_app import Count
from conversations import Message, Session
from handlers.declarations import Handler, handlers_registry
from tests.collections_app.test_async_writes import in_transactions, on_each, run
from tests.conversations.chatting import answering, chat_of, reply_to, run_on_threads, say
from tests.testapp.declared.collections import threads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def connections_are_closed_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels' communicator patches this while it sends. Of two at once the last would leave its patch."""
    monkeypatch.setattr("channels.db.close_old_connections", close_old_connections)


PEOPLE = 5


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How many database connections each thread has opened; they last, as a served site's do."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)
    counts: Counter[str] = Counter()

    def count(**kwargs: Any) -> None:
        counts[threading.current_thread().name] += 1

    connection_created.connect(count)
    yield counts
    connection_created.disconnect(count)


async def worked(n: int) -> dict[str, Any]:
    """A little of everything, as one of five people; what that person sees of it."""
    with acting_as(Identity(user_id=str(n % PEOPLE))):
        row = await threads.ainsert_one({"n": n})
        await row.apatch({"$inc": {"n": 1000}})
        await threads.aupdate_one({"key": "visits"}, {"$inc": {"priority": 1}}, upsert=True)
        own = {found.scope_key async for found in threads.all().aiterator(chunk_size=2)}
        counted = await threads.filter(n__gte=1000).aaggregate(rows=Count())
        return {"own": sorted(own), "rows": counted["rows"]}


class Desk(AsyncJsonWebsocketConsumer):  # type: ignore[misc] # channels publishes no types
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json(await worked(content["n"]))


def everyone_has_only_their_own(count: int) -> None:
    for person in range(PEOPLE):
        with acting_as(Identity(user_id=str(person))):
            assert threads.count({"n": {"$gte": 1000}}) == count // PEOPLE
            assert threads.filter(key="visits").one()["priority"] == count // PEOPLE


# What is tried are connections, by writes and reads alike; of a read that writes tests/handlers tells.
@pytest.mark.filterwarnings("ignore::handlers.running.HandlerWrites")
def test_data_handlers_at_once_share_the_lasting_connections(opened: Counter[str]) -> None:
    lasting = LastingThreads(2)
    site: Any = on_worker_threads(OneHopHandler(), lasting)
    talks: Any = ApplicationCommunicator

    async def get(n: int) -> dict[str, Any]:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/data/worked",
            "headers": [(b"host", b"localhost")],
        }
        talk = talks(site, {**scope, "query_string": f"n={n}".encode(), "http_version": "1.1"})
        await talk.send_input({"type": "http.request", "body": b""})
        assert (await talk.receive_output(60))["status"] == 200
        answer: dict[str, Any] = json.loads((await talk.receive_output(60))["body"])
        await talk.wait(60)
        return answer

    async def all_of_them() -> list[dict[str, Any]]:
        try:
            return await asyncio.gather(*(get(n) for n in range(40)))
        finally:
            await on_each(lasting, connections.close_all)

    handler = Handler(worked, "worked", "public")
    with handlers_registry.temporarily(handler.name, handler):
        answers = run(all_of_them())
    assert [answer["own"] for answer in answers] == [[f"user:{n % PEOPLE}"] for n in range(40)]
    assert list(opened.values()) == [1, 1]
    everyone_has_only_their_own(40)


def test_consumers_at_once_share_one_connection_and_leave_none(opened: Counter[str]) -> None:
    async def talk(n: int) -> Any:
        socket = WebsocketCommunicator(Desk.as_asgi(), "/")
        assert (await socket.connect(30))[0]
        await socket.send_json_to({"n": n})
        answer = await socket.receive_json_from(30)
        await socket.disconnect()
        return n, answer

    async def all_of_them() -> Any:
        try:
            return await asyncio.gather(*(talk(n) for n in range(30)))
        finally:
            await sync_to_async(connections.close_all)()

    for n, answer in run(all_of_them()):
        assert answer["own"] == [f"user:{n % PEOPLE}"]
    assert list(opened.values()) == [1]
    everyone_has_only_their_own(30)


@pytest.fixture
def left(opened: Counter[str]) -> Iterator[list[Any]]:
    """Every connection that is opened meanwhile; what is still open in the end is closed."""
    made: list[Any] = []

    def note(connection: Any, **kwargs: Any) -> None:
        made.append((connection, connection.connection))

    connection_created.connect(note)
    yield made
    connection_created.disconnect(note)
    for _wrapper, raw in made:
        raw.close()


@pytest.mark.thorough
def test_turns_at_once_leave_no_connection(opened: Counter[str], left: list[Any]) -> None:
    """An async ``@message`` handler that awaits the twins, sixty turns of ten conversations."""

    async def desk(session: Session, msg: Message) -> str:
        row = await threads.ainsert_one({"n": int(msg.text)})
        await row.apatch({"$inc": {"n": 1000}})
        await threads.aupdate_one({"key": "visits"}, {"$inc": {"priority": 1}}, upsert=True)
        own = {found.scope_key async for found in threads.all().aiterator(chunk_size=2)}
        if int(msg.text) % 20 == 19:
            raise RuntimeError("A turn may fail.")
        return ",".join(sorted(own))

    with answering(desk):
        people = [User.objects.create_user(f"person{at}@example.com") for at in range(10)]
        chats = [chat_of(person) for person in people]
        turns = [(n % 10, say(chats[n % 10], str(n))) for n in range(60)]
        before = Counter(opened)
        left.clear()
        run_on_threads()
    answered = [(at, reply_to(turn)) for at, turn in turns if int(turn.text) % 20 != 19]
    assert answered == [(at, f"user:{people[at].pk}") for at, _reply in answered] and len(answered) == 57
    for person in people:
        with acting_as(user=person):
            assert threads.filter(key="visits").one()["priority"] == 6
    # Each thread opened one, however many turns it ran and however often they awaited.
    assert set((opened - before).values()) == {1} and len(opened - before) <= 8
    assert not any(wrapper.in_atomic_block for wrapper, _raw in left)
    assert in_transactions() == 0
