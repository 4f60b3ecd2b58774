"""Many update one conversation at the same time, through several servers: whatever was acknowledged is kept.

    python -m benchmarks.conversing.updates [10000] [--servers 4]

One person's chat. Of ten updates nine are POSTs by two clients a server: a third of them under one key for
all, stored at once; a third under one key for all, read, changed and committed, where a conflict is told and
the client tries again; a third each client under a key of its own. The tenth is a message whose answer is
listened to; its turn changes ``session.data`` in both ways, in whichever process has claimed it. Then each
count has to be what was acknowledged, every turn has ended well, and a page's socket at each server hears of
the last change.
With BENCH_DATABASE_URL on that database. The last line is the result; exits with 1 where one was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.load import Connection
from benchmarks.scratch import prepare
from benchmarks.serving import Server

KINDS = ("count", "shared", "own")


def main(count: int, processes: int) -> int:
    prepare("benchmarks.conversing.settings")
    # These need the site that prepare() has set up.
    from benchmarks.conversing.site import Person, data_of, database, servers  # noqa: PLC0415
    from conversations.models import ChatMessage, State  # noqa: PLC0415

    person = Person()
    chat = person.begin("bench-tally")
    load = Load(person, chat, count)
    began = time.monotonic()
    with servers(processes) as started:
        for server in started:
            load.client(server)
            load.client(server)
        load.run()
        load.acknowledged["count"] += 1
        heard = asyncio.run(told_of_the_last(started, person, chat))
    took = time.monotonic() - began
    turns = ChatMessage.objects.filter(conversation=chat, author="person", state=State.DONE)
    ended = turns.count()
    lost = lost_of(data_of(chat.pk), load, ended)
    print(f"{took:.0f} s; {load.conflicts:,} conflicts were told, and tried again")
    print(f"acknowledged: {dict(sorted(load.acknowledged.items()))}; turns that ended well: {ended:,}")
    for problem in load.problems:
        print(problem)
    missed = load.acknowledged["turns"] - ended
    kept = sum(load.acknowledged.values()) - 1
    print(f"{kept:,} updates by {processes} servers on {database()}: {lost} lost")
    return 1 if lost or missed or load.problems or heard != processes else 0


def lost_of(data: dict[str, Any], load: Load, turns: int) -> int:
    """How many of the acknowledged updates are not there, or there twice."""
    own = data.get("own", {})
    told = load.acknowledged
    expected = {"count": told["count"] + turns, "shared": told["shared"], "turns": turns}
    found = {name: data.get(name, 0) for name in expected} | {"shared": data.get("shared", [0])[0]}
    expected |= {name: number for name, number in told.items() if name.startswith("client")}
    found |= {name: own.get(name, 0) for name in expected if name.startswith("client")}
    wrong = {name: (number, found[name]) for name, number in expected.items() if number != found[name]}
    if wrong:
        print(f"acknowledged, and found: {wrong}")
    return sum(abs(number - found) for number, found in wrong.values())


async def told_of_the_last(started: list[Server], person: Any, chat: Any) -> int:
    """At how many servers a page's socket hears of one more change."""
    # These need the site.
    from benchmarks.sockets import Fleet, Person, ask_apart, watching  # noqa: PLC0415
    from conversations.sessions import topic_of  # noqa: PLC0415
    from live.changes import version_of  # noqa: PLC0415

    page = f"/conversations/{chat.pk}/"
    async with AsyncExitStack() as stack:
        fleets = []
        for server in started:
            watchers = watching([Person(person.site.cookies)], server, page)
            fleets.append(await stack.enter_async_context(Fleet(server, watchers)))
        began = time.monotonic()
        await ask_apart(started[0], person.count(chat, "count"))
        version = await asyncio.to_thread(version_of, topic_of(chat.pk))
        for fleet in fleets:
            await fleet.until_all(f'{topic_of(chat.pk)}":{version}', began, 30.0)
    return len(fleets)


class Load:
    """The clients, and what was acknowledged to them."""

    def __init__(self, person: Any, chat: Any, count: int) -> None:
        self.person = person
        self.chat = chat
        self.acknowledged: Counter[str] = Counter()
        self.conflicts = 0
        self.problems: list[str] = []
        self._left = iter(range(count))
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []

    def client(self, server: Server) -> None:
        """One more client, of this server."""
        number = len(self._threads)
        self._threads.append(threading.Thread(target=self._guarded, args=(server, number)))

    def run(self) -> None:
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()

    def _guarded(self, server: Server, number: int) -> None:
        connection = Connection(server.port)
        try:
            while (at := self._next()) is not None:
                if at % 10 == 9:
                    self._ask(connection, self.person.question(self.chat, f"turn {at}"), "turns")
                else:
                    kind = KINDS[at % 3]
                    key = f"client{number}" if kind == "own" else kind
                    self._ask(connection, self.person.count(self.chat, key, f"client{number}"), key)
        except Exception as error:
            self.problems.append(f"client {number}: {error!r}")
        finally:
            connection.close()

    def _next(self) -> int | None:
        with self._guard:
            return next(self._left, None)

    def _ask(self, connection: Connection, request: bytes, key: str) -> None:
        while True:
            status, body = connection.ask(request)
            with self._guard:
                if status == 200:
                    self.acknowledged[key] += 1
                    return
                if status != 409:
                    raise RuntimeError(f"{key} was answered {status}: {body[:200]!r}")
                self.conflicts += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversing.updates")
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--servers", type=int, default=4)
    given = parser.parse_args()
    sys.exit(main(given.count, given.servers))
