"""A worker is killed in mid-stream, again and again: what was acknowledged is there, and another goes on.

    python -m benchmarks.conversing.kills [50] [--seed 1]

Two servers. Each time one of them runs a turn that writes in which process it is. A random moment after its
first words were read over HTTP that process is killed with SIGKILL, while a client counts in the same
conversation through it, and another server takes its place. In the end every turn has to be marked as
interrupted, with no less text than was read; each count that was acknowledged, and what the handler stored at
once, is there, and what it would have stored at its end is not; and tried again by its person, the turn ends
well on a server that lives. With BENCH_DATABASE_URL on that database. The last line is the result; exits with
1 where anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks.load import Connection, get, post
from benchmarks.scratch import prepare
from benchmarks.serving import OURS, Server, serving

WITHIN = 60.0  # seconds for whatever is waited for
LOOK_EVERY = 0.05  # seconds


@dataclass
class Killed:
    """What was known of a conversation at the moment at which its worker was killed."""

    chat: Any
    turn: str
    text: str  # as it was read last
    counted: int  # acknowledged
    unknown: int  # sent, and never answered


def main(times: int, seed: int) -> int:
    prepare("benchmarks.conversing.settings")
    # These need the site that prepare() has set up.
    from benchmarks.conversing.site import Person, database  # noqa: PLC0415

    person, chance = Person(), random.Random(seed)  # noqa: S311 - a moment, not a secret
    with ExitStack() as stack:
        alive = {}
        for _number in range(2):
            server = stack.enter_context(serving(OURS, pinned=False))
            alive[server.pid] = server
        killed = []
        for _time in range(times):
            killed.append(kill_one(person, alive, chance))
            server = stack.enter_context(serving(OURS, pinned=False))
            alive[server.pid] = server
        problems = [problem for one in killed for problem in problems_of(person, one, alive)]
    for problem in problems:
        print(problem)
    characters = sum(len(one.text) for one in killed)
    counted = sum(one.counted for one in killed)
    print(f"read before: {characters:,} characters; acknowledged: {counted:,} counts, {times} messages")
    print(f"{times} workers killed in mid-stream on {database()}: {len(problems)} lost something")
    return 1 if problems else 0


def kill_one(person: Any, alive: dict[int, Server], chance: random.Random) -> Killed:
    """Have a turn run, and kill whoever runs it."""
    # These need the site.
    from benchmarks.conversing.site import write  # noqa: PLC0415

    chat = person.begin("bench-mortal")
    asked = chance.choice(list(alive.values()))
    connection = Connection(asked.port)
    turn = write(connection, person.message(chat, "Hello"))
    begun = until(lambda: "word" in (text := text_of(connection, person, chat)) and text)
    pid = int(begun.partition(" ")[0])
    writer = Writer(person, chat, alive[pid])
    writer.start()
    time.sleep(chance.uniform(0.0, 1.2))  # also while it saves
    text = text_of(connection, person, chat)
    connection.close()
    os.kill(pid, signal.SIGKILL)
    del alive[pid]
    writer.join()
    return Killed(chat, turn, text, writer.counted, writer.unknown)


class Writer(threading.Thread):
    """Counts through one server until it is gone."""

    def __init__(self, person: Any, chat: Any, server: Server) -> None:
        super().__init__()
        self._request = person.count(chat, "count")
        self._server = server
        self.counted = 0
        self.unknown = 0

    def run(self) -> None:
        connection = Connection(self._server.port)
        try:
            while True:
                self.unknown = 1
                status, _body = connection.ask(self._request)
                self.unknown = 0
                if status != 200:
                    return
                self.counted += 1
        except (OSError, ValueError):  # it was killed
            connection.close()


def problems_of(person: Any, one: Killed, alive: dict[int, Server]) -> list[str]:
    """What of this conversation is not as it was acknowledged, before and after its turn is tried again."""
    # These need the site.
    from benchmarks.conversing.site import data_of  # noqa: PLC0415

    connection = Connection(next(iter(alive.values())).port)
    until(lambda: state_of(connection, person, one) == "interrupted")
    problems = []
    if not text_of(connection, person, one.chat).startswith(one.text):
        problems.append("text that was read is gone")
    data = data_of(one.chat.pk)
    if not one.counted <= data.get("count", 0) <= one.counted + one.unknown:
        problems.append(f"{data.get('count', 0)} counts of {one.counted} and {one.unknown} that hung")
    if data.get("tries") != 1 or "ended" in data:
        problems.append("the handler's data is not as it was at the kill")
    retry = post(f"/conversations/{one.chat.pk}/retry/", [("turn", one.turn)], person.headers)
    status, _body = connection.ask(retry)
    if status not in (200, 302):
        problems.append(f"trying again was answered {status}")
    until(lambda: state_of(connection, person, one) == "done")
    text = text_of(connection, person, one.chat)
    if text not in {f"Hello on {pid}" for pid in alive}:
        problems.append(f"tried again, it says {text!r}")
    if data_of(one.chat.pk).get("tries") != 2 or not data_of(one.chat.pk).get("ended"):
        problems.append("tried again, its data is not there")
    connection.close()
    return [f"{one.chat.pk}: {problem}" for problem in problems]


def messages_of(connection: Connection, person: Any, chat: Any) -> list[dict[str, Any]]:
    status, body = connection.ask(get(f"/conversations/{chat.pk}/messages/", person.headers))
    if status != 200:
        raise SystemExit(f"The messages were answered {status}: {body[:300]!r}")
    messages: list[dict[str, Any]] = json.loads(body)["messages"]
    return messages


def text_of(connection: Connection, person: Any, chat: Any) -> str:
    """What has been answered so far, as anybody reads it."""
    return "".join(one["text"] for one in messages_of(connection, person, chat) if one["turn"])


def state_of(connection: Connection, person: Any, one: Killed) -> str:
    found = [message for message in messages_of(connection, person, one.chat) if message["id"] == one.turn]
    if not found:
        raise SystemExit(f"{one.chat.pk}: the message is gone, and its writer was told that it was taken")
    return str(found[0]["state"])


def until(look: Any) -> Any:
    """What ``look`` finds, as soon as it finds anything."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(LOOK_EVERY)
    raise SystemExit(f"Not within {WITHIN:g} s.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversing.kills")
    parser.add_argument("times", type=int, nargs="?", default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.times, given.seed))
