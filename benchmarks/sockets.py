"""A thousand sockets in one process, as a thousand people's pages open them."""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.load import Connection, get
from benchmarks.serving import Server

__all__ = ["Fleet", "Person", "ask_apart", "people_of", "watching"]

AT_ONCE = 20  # handshakes under way
ACKNOWLEDGE_EVERY = 16  # frames
LOOK_EVERY = 0.01  # seconds
TOKEN = re.compile(r'data-live="([^"]*)"')


@dataclass(frozen=True)
class Person:
    """Whose page opens a socket, and what the page may watch."""

    cookies: str
    tokens: tuple[str, ...] = ()


def people_of(count: int) -> list[Person]:
    """As many signed-in people. Needs the site that ``prepare()`` has set up."""
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    people = []
    for number in range(count):
        client = Client()
        user = User.objects.create(email=f"person{number}@example.com")
        client.force_login(user, "accounts.backends.AccountBackend")
        people.append(Person(f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"))
    return people


def watching(people: Sequence[Person], server: Server, path: str) -> list[Person]:
    """The same people with the tokens of their own page at ``path``, each fetched over HTTP."""
    connection = Connection(server.port)
    found = []
    for person in people:
        status, body = connection.ask(get(path, {"Cookie": person.cookies}))
        tokens = tuple(html.unescape(token) for token in TOKEN.findall(body.decode()))
        if status != 200 or not tokens:
            raise SystemExit(f"{path} answered {status}, with {len(tokens)} live elements.")
        found.append(Person(person.cookies, tokens))
    connection.close()
    return found


@dataclass
class Socket:
    """One socket, and what it was sent."""

    connection: ClientConnection
    frames: int = 0
    at: float = 0.0  # when the last frame came
    text: str = ""  # the last frame
    lost: bool = False
    reading: asyncio.Task[None] | None = None


@dataclass
class Fleet:
    """All sockets of one server. Use it as ``async with Fleet(server, people) as fleet``."""

    server: Server
    people: Sequence[Person]
    sockets: list[Socket] = field(default_factory=list)
    on_frame: Callable[[Socket], None] = lambda socket: None  # called with each, as it has come

    async def __aenter__(self) -> Fleet:
        gate = asyncio.Semaphore(AT_ONCE)

        async def opened(person: Person) -> None:
            async with gate:
                self.sockets.append(await self._open(person))

        await asyncio.gather(*(opened(person) for person in self.people))
        return self

    async def __aexit__(self, *reason: object) -> None:
        # Not a closing handshake each: the server is about to end.
        for socket in self.sockets:
            if socket.reading is not None:
                socket.reading.cancel()
            socket.connection.transport.abort()

    async def _open(self, person: Person) -> Socket:
        site = f"127.0.0.1:{self.server.port}"
        connection = await connect(
            f"ws://{site}/live/",
            origin=f"http://{site}",  # type: ignore[arg-type]
            additional_headers={"Cookie": person.cookies} if person.cookies else None,
            compression=None,
            ping_interval=None,  # the server pings
            open_timeout=60,
        )
        if person.tokens:
            await connection.send(json.dumps({"watch": person.tokens}))
        socket = Socket(connection)
        socket.reading = asyncio.get_running_loop().create_task(self._read(socket))
        return socket

    async def _read(self, socket: Socket) -> None:
        try:
            while True:
                socket.text = str(await socket.connection.recv())
                socket.at = time.monotonic()
                socket.frames += 1
                self.on_frame(socket)
                if socket.frames % ACKNOWLEDGE_EVERY == 0 and self.people[0].tokens:
                    await socket.connection.send(json.dumps({"ack": socket.frames}))
        except ConnectionClosed:
            socket.lost = True

    @property
    def lost(self) -> int:
        return sum(socket.lost for socket in self.sockets)

    @property
    def frames(self) -> int:
        return sum(socket.frames for socket in self.sockets)

    async def settle(self, seconds: float = 1.0) -> None:
        """Wait until no frame has come for a while."""
        before = -1
        while before != self.frames:
            before = self.frames
            await asyncio.sleep(seconds)

    async def until_all(self, holds: str, since: float, within: float) -> float:
        """Seconds from ``since`` until every socket's last frame holds ``holds`` and came after it."""
        while time.monotonic() - since < within:
            if all(socket.at > since and holds in socket.text for socket in self.sockets):
                return max(socket.at for socket in self.sockets) - since
            await asyncio.sleep(LOOK_EVERY)
        missing = sum(not (socket.at > since and holds in socket.text) for socket in self.sockets)
        raise SystemExit(
            f"{missing} of {len(self.sockets)} sockets ({self.lost} lost) were not told within {within} s."
        )


async def ask_apart(server: Server, request: bytes) -> bytes:
    """The answer to one request, asked on a thread, so that the sockets are read meanwhile."""

    def ask() -> bytes:
        connection = Connection(server.port)
        status, body = connection.ask(request)
        connection.close()
        if status != 200:
            raise SystemExit(f"{request.partition(b' HTTP')[0].decode()} answered {status}: {body[:300]!r}")
        return body

    return await asyncio.to_thread(ask)
