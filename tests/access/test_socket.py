"""The socket's frames, as each of the six: one watches what one was shown, and nothing that others were."""

from __future__ import annotations

import ast
import inspect
import textwrap

import pytest

from live.consumers import CLOSE, LiveSocket
from live.tokens import signed
from live.topics import Topic
from tests.access.people import WHO, settle
from tests.live.talking import in_a_loop, line, on_thread, touch

pytestmark = pytest.mark.django_db(transaction=True)

# Each frame that a page may send, and what becomes of one that is not due to whoever sends it.
FRAMES = {"watch": CLOSE["not_yours"], "ack": CLOSE["malformed"]}


def test_every_frame_is_tried() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(LiveSocket._received)))
    patterns = [one for one in ast.walk(tree) if isinstance(one, ast.MatchMapping)]
    known = {key.value for one in patterns for key in one.keys if isinstance(key, ast.Constant)}
    assert known == FRAMES.keys(), f"Say in FRAMES ({__file__}) what becomes of each frame, and try it below."


def test_each_of_them_watches_their_own_and_nothing_of_others() -> None:
    world = settle()

    async def watched(who: str, whose: str) -> None:
        topic = Topic("collection", "test_threads", f"user:{whose}")
        async with line(world.clients[who], signed({topic: 0}, world.identities[whose])) as socket:
            if who == whose:
                await on_thread(touch, topic)
                assert (await socket.changed()).keys() == {str(topic)}
            else:
                assert await socket.ends() == FRAMES["watch"], f"{who} watches what {whose} was shown"

    async def all_of_them() -> None:
        for who in WHO:
            for whose in WHO:
                await watched(who, whose)

    in_a_loop(all_of_them)


BAD = [{"ack": 7}, {"ack": True}, {"watch": "all"}, {"say": "x"}, {"watch": [], "x": 1}]


def test_a_frame_that_is_not_due_ends_the_socket() -> None:
    world = settle()

    async def all_of_them() -> None:
        for who in WHO:
            for frame in BAD:
                async with line(world.clients[who]) as socket:
                    await socket.say(frame)
                    assert await socket.ends() == FRAMES["ack"], f"{who} says {frame}"

    in_a_loop(all_of_them, watching=False)
