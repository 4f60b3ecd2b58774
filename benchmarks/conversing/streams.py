"""C3 and C4: replies that stream to their pages' sockets, one, and two hundred at once on one process.

    python -m benchmarks.conversing.streams [--conversations 200] [--rate 10]

First one handler at a time yields 200 pieces a second, five times for two seconds. What a socket is sent has
to be a beginning of what is stored (the page fetches the end, when it is told that the turn has ended), in at
most 20 frames a second, the first within 50 ms of being yielded. Then as many conversations as are asked for
stream at once, each to a socket of its own, ``--rate`` pieces a second: their handlers wait until all of them
run, for on a busy machine the first would have ended before the last was asked for. The delay of a frame is
that of the newest piece in it: at most 250 ms for 95 of 100 frames. Meanwhile a process of its own asks for a
small JSON view, as it did while nothing streamed: its median may be at most 3 times that. Exits with 1 where
a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import median, quantiles
from typing import Any

from benchmarks.live_burst import probe
from benchmarks.load import Connection
from benchmarks.scratch import closing, prepare
from benchmarks.serving import OURS, Server, pin_load, serving
from benchmarks.sockets import Fleet, Person, Socket, watching

ONES, ONE_RATE, ONE_SECONDS = 5, 200, 2
MANY_SECONDS = 8
WITHIN = 120.0  # seconds
PIECE = re.compile(r"(\d+)\N{BLACK SQUARE}([\d.]+) ")


@dataclass
class Heard:
    """What a page's socket was sent of a reply, put together as the page does it."""

    text: str = ""
    whole: bool = True
    delays: list[float] = field(default_factory=list)  # seconds, of each frame's newest piece
    times: list[float] = field(default_factory=list)

    def frame(self, delta: dict[str, Any], at: float) -> None:
        """One more frame, at that moment."""
        self.whole &= delta["at"] <= len(self.text)
        text = self.text[: delta["at"]] + delta["text"]
        if len(text) > len(self.text):
            newest = PIECE.findall(text)[-1]
            self.delays.append(at - float(newest[1]))
            self.times.append(at)
        self.text = text

    def is_part_of(self, stored: str, pieces: int) -> bool:
        """Whether it is a beginning of what is stored, and that has each piece once, in its order."""
        numbers = [int(number) for number, _at in PIECE.findall(stored)]
        is_complete = numbers == list(range(pieces)) and not PIECE.sub("", stored)
        return self.whole and is_complete and stored.startswith(self.text)


@dataclass
class Streamed:
    """How it went."""

    heard: list[Heard]
    broken: int  # replies of which a socket was sent what is not so
    idle: float  # median seconds of HTTP before
    meanwhile: float


def main(conversations: int, rate: int) -> int:
    prepare("benchmarks.conversing.settings")
    # These need the site that prepare() has set up.
    from benchmarks.conversing.site import Person as Writer  # noqa: PLC0415

    writer = Writer()
    pin_load()
    with serving(OURS) as server:
        ones = [asyncio.run(streamed(server, writer, 1, ONE_RATE, ONE_SECONDS)) for _number in range(ONES)]
        many = asyncio.run(streamed(server, writer, conversations, rate, MANY_SECONDS))
    singles = [heard for one in ones for heard in one.heard]
    delays = [delay for heard in many.heard for delay in heard.delays]
    frames = median((len(one.times) - 1) / (one.times[-1] - one.times[0]) for one in singles)
    first = median(one.delays[0] for one in singles)
    at_once = most_at_once(many.heard)
    print(
        f"{at_once} of {conversations} at once: {len(delays)} frames, median {median(delays) * 1000:.0f} ms"
    )
    print(f"HTTP: idle {many.idle * 1000:.1f} ms, meanwhile {many.meanwhile * 1000:.1f} ms")
    broken = many.broken + sum(one.broken for one in ones)
    missed = closing("conversing.streams, replies with a hole", broken, at_most=0)
    missed |= closing("conversing.streams, frames a second", frames, at_most=20)
    missed |= closing("conversing.streams, the first, ms", first * 1000, at_most=50)
    missed |= closing("conversing.streams, 95 of 100, ms", quantiles(delays, n=20)[-1] * 1000, at_most=250)
    return missed | closing("conversing.streams, HTTP", many.meanwhile / many.idle, at_most=3)


def most_at_once(heard: list[Heard]) -> int:
    """How many streamed in the same moment."""
    moments = sorted(
        moment for one in heard for moment in ((one.times[0], 1), (one.times[-1], -1)) if one.times
    )
    return max(accumulate(step for _at, step in moments))


async def streamed(server: Server, writer: Any, count: int, rate: int, seconds: int) -> Streamed:
    """As many conversations at once, each with a page."""
    # These need the site.
    from benchmarks.conversing.site import write  # noqa: PLC0415
    from conversations.models import ChatMessage, State  # noqa: PLC0415

    chats = [await asyncio.to_thread(writer.begin, "bench-stream") for _number in range(count)]
    pages = [f"/conversations/{chat.pk}/" for chat in chats]
    watchers = [watching([Person(writer.site.cookies)], server, page)[0] for page in pages]
    heard: dict[str, Heard] = defaultdict(Heard)

    def on_frame(socket: Socket) -> None:
        delta = json.loads(socket.text).get("delta")
        if delta is not None:
            heard[delta["message"]].frame(delta, socket.at)

    async with Fleet(server, watchers, on_frame=on_frame) as fleet:
        await fleet.settle()
        idle = median(took for _when, took in await probe(server))
        connection = Connection(server.port)

        def begin() -> None:
            for chat in chats:
                write(connection, writer.message(chat, f"{rate} {seconds} {count}"))

        await asyncio.to_thread(begin)
        began = time.monotonic()
        while not heard and time.monotonic() < began + WITHIN:  # they wait for each other
            await asyncio.sleep(0.01)
        probing = asyncio.create_task(probe(server))
        replies = ChatMessage.objects.filter(conversation__in=chats, author="assistant", state=State.DONE)
        while await replies.acount() < count and time.monotonic() < began + WITHIN:
            await asyncio.sleep(0.2)
        meanwhile = median(took for _when, took in await probing)
    stored = {str(reply.pk): reply.text async for reply in replies}
    whole = [one.is_part_of(stored.get(name, ""), rate * seconds) for name, one in heard.items()]
    return Streamed(list(heard.values()), count - sum(whole), idle, meanwhile)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversing.streams")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--rate", type=int, default=10)
    given = parser.parse_args()
    sys.exit(main(given.conversations, given.rate))
