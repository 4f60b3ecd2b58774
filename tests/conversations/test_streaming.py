"""Text that grows: whoever comes when, and hears what, shows the same in the end."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from conversations.errors import BadReply, ReplyTooLong, StillStreaming
from conversations.saying import Saying
from conversations.streaming import REPLY_LIMIT, LiveText, Pulse, clean_reply


class Page:
    """What chat.js does with what it hears; ``text`` is in UTF-16, as the browser counts."""

    def __init__(self, text: str) -> None:
        self.text = text.encode("utf-16-le")
        self.missed = False

    def hear(self, delta: dict[str, Any]) -> None:
        if len(self.text) < 2 * delta["at"]:
            self.missed = True  # it would load the page again
            return
        self.text = self.text[: 2 * delta["at"]] + delta["text"].encode("utf-16-le")


@pytest.mark.parametrize("seed", range(50))
def test_a_page_shows_what_was_sent_or_knows_that_it_missed_something(seed: int) -> None:
    chance = random.Random(seed)
    text, stored = LiveText("m"), ""
    pages: list[Page] = []
    listened_to_all: list[Page] = []
    late = 0
    for step in range(400):
        act = chance.choice(["write", "write", "save", "send", "open", "miss"])
        if act == "write":
            text.write(chance.choice(["a", "é", "\U0001f600", "", "several words "]) + str(step))
        elif act == "save":
            stored = text.text
            text.saved(stored)
        elif act == "open":
            pages.append(Page(stored))
            listened_to_all.append(pages[-1])
        else:
            delta = text.delta()
            for page in list(pages):
                if act == "miss" and chance.random() < 0.3:
                    if page in listened_to_all:
                        listened_to_all.remove(page)
                    continue
                page.hear(delta)
                if page.missed:
                    pages.remove(page)
                    late += 1
                else:
                    assert page.text.decode("utf-16-le") == text.text
    assert not [page for page in listened_to_all if page.missed], "who heard all never loads again"
    assert pages and late


def test_nothing_is_sent_twice_for_long() -> None:
    text = LiveText("m")
    text.write("saved ")
    text.saved(text.text)
    assert text.delta() == {"message": "m", "at": 0, "text": "saved "}
    text.write("new")
    assert text.delta() == {"message": "m", "at": 6, "text": "new"}
    assert not text.is_saved and text.text == "saved new"


def test_each_piece_is_told() -> None:
    told: list[None] = []
    text = LiveText("m", lambda: told.append(None))
    text.write("a")
    text.write("b")
    assert len(told) == 2


def test_a_reply_has_an_end() -> None:
    text = LiveText("m")
    text.write("x" * REPLY_LIMIT)
    with pytest.raises(ReplyTooLong, match="collection"):
        text.write("x")
    assert len(text.text) == REPLY_LIMIT


@pytest.mark.parametrize("piece", [None, 7, b"bytes", ["list"]])
def test_a_reply_is_made_of_text(piece: Any) -> None:
    with pytest.raises(BadReply, match="Return or yield text"):
        clean_reply(piece)


def test_one_reply_streams_at_a_time() -> None:
    open_one: Any = SimpleNamespace(stream=LiveText("m"))
    with pytest.raises(StillStreaming, match="end the first before the next begins"):
        Saying.begin_stream(open_one)


def test_a_pulse_works_at_once_and_then_in_its_time() -> None:
    worked: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        async def work() -> None:
            worked.append(loop.time())
            if len(worked) == 3:
                done.set()

        pulse = Pulse(work, 0.02)
        running = asyncio.create_task(pulse.run())
        begun = loop.time()
        while not done.is_set():
            pulse.ask()
            await asyncio.sleep(0)
        running.cancel()
        assert worked[0] - begun < 0.02
        assert worked[1] - worked[0] >= 0.02 and worked[2] - worked[1] >= 0.02

    asyncio.run(main())
    assert len(worked) == 3
