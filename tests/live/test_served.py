"""Sockets of the site as it is served: a real Daphne, and clients that mean no good."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live.consumers import CLOSE
from tests.databases import DATABASES, database_for
from tests.serving import Site

pytestmark = pytest.mark.slow

SOON = 20.0  # seconds
LIMIT = 256 * 1024  # bytes of a frame: CAPSULE_SOCKET_FRAME_SIZE
CUT = {1009, None}  # Daphne cuts the line, mostly without a word: whoever sends so much is not our client
FLAT = 32 * 1024  # KiB by which the server may have grown

SIGN = """
from capsule.identity import Identity
from live.tokens import signed
from live.topics import Topic
print(signed({Topic("collection", "notes", "app"): 0}, Identity()))
"""
TOUCH = """
from live.changes import changes
from live.topics import Topic
with changes() as change:
    change.touch(Topic("collection", "notes", "app"))
"""


@pytest.fixture(scope="module", params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("sockets") / "var"
    with database_for(request.param) as given, Site(folder, CAPSULE_DEMO="0", **given) as site:
        status_of(site, "/")  # once it answers, all of it has been loaded
        yield site


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(60):
            return await main()

    return asyncio.run(limited())


def socket(site: Site, path: str = "/live/", **options: Any) -> connect:
    given = {"origin": site.url, "compression": None, **options}
    return connect(f"ws://127.0.0.1:{site.port}{path}", **given)


async def code_of(opened: ClientConnection) -> int | None:
    """The code with which the server closes it."""
    try:
        while True:
            await asyncio.wait_for(opened.recv(), SOON)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def memory(site: Site) -> int:
    """KiB that the server holds."""
    assert site.process is not None
    status = Path(f"/proc/{site.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found
    return int(found[1])


def status_of(site: Site, path: str = "/live/", **options: Any) -> int:
    """With which status a handshake is refused."""

    async def main() -> int:
        with pytest.raises(InvalidStatus) as refused:
            async with socket(site, path, **options):
                pass
        return int(refused.value.response.status_code)

    return int(run(main))


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1", "https://127.0.0.1"]
)
def test_another_origin_is_refused(origin: str | None, site: Site) -> None:
    assert status_of(site, origin=origin) == 403


@pytest.mark.thorough
def test_two_origins_are_refused(site: Site) -> None:
    assert status_of(site, additional_headers={"Origin": site.url}) in (400, 403)  # by Daphne, or by us


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path", ["/", "/live", "/live/x", "/live/compare/", "//live/", "/LIVE/", "/admin/", "/health"]
)
def test_there_is_one_address_for_sockets(path: str, site: Site) -> None:
    assert status_of(site, path) == 403


def test_a_change_of_another_process_is_told(site: Site) -> None:
    token = site.manage("shell", "-v", "0", "-c", SIGN).strip()

    async def main() -> Any:
        async with socket(site) as opened:
            await opened.send(orjson.dumps({"watch": [token]}).decode())
            await asyncio.to_thread(site.manage, "shell", "-v", "0", "-c", TOUCH)
            return orjson.loads(await asyncio.wait_for(opened.recv(), SOON))

    assert run(main) == {"changed": {"collection:notes:app": 1}}


def test_a_frame_that_is_too_large_ends_the_socket_and_leaves_nothing(site: Site) -> None:
    async def send(size: int) -> int | None:
        async with socket(site) as opened:
            with suppress(ConnectionClosed):  # while it is still being sent
                await opened.send("x" * size)
            return await code_of(opened)

    async def main() -> list[int | None]:
        return [await send(size) for size in [LIMIT, LIMIT + 1, *[10 * 1024 * 1024] * 20]]

    before = memory(site)
    just, *more = run(main)
    assert just == CLOSE["malformed"]
    assert set(more) <= CUT
    assert memory(site) - before < FLAT


@pytest.mark.thorough
def test_a_frame_of_many_pieces_is_counted_as_one(site: Site) -> None:
    async def main() -> int | None:
        async with socket(site) as opened:
            with pytest.raises(ConnectionClosed):
                await opened.send("x" * 64 * 1024 for _ in range(100))
            return await code_of(opened)

    before = memory(site)
    assert run(main) in CUT
    assert memory(site) - before < FLAT


@pytest.mark.parametrize("frame", ["x", b"x", '{"watch": ["x"]}'])
def test_the_browser_is_told_why(frame: str | bytes, site: Site) -> None:
    async def main() -> int | None:
        async with socket(site) as opened:
            await opened.send(frame)
            return await code_of(opened)

    assert run(main) in (CLOSE["malformed"], CLOSE["not_yours"])


@pytest.mark.thorough
def test_a_flood_of_handshakes_and_frames_leaves_the_site_well(site: Site) -> None:
    """A hundred at once from one address, each of which says much that is wrong."""

    async def one(number: int) -> int | None:
        async with socket(site, open_timeout=30) as opened:
            with suppress(ConnectionClosed):
                for _ in range(100):
                    await opened.send(orjson.dumps({"watch": ["a " * 50_000]}).decode())
            return await code_of(opened)

    async def main() -> list[int | None]:
        return await asyncio.gather(*(one(number) for number in range(100)))

    before = memory(site)
    assert set(run(main)) <= {CLOSE["not_yours"], CLOSE["too_many"], None}
    assert memory(site) - before < FLAT
    assert "Traceback" not in site.output


def test_whoever_leaves_without_a_word_is_forgotten(site: Site) -> None:
    """Sixty connections are cut, more than one address may have: the next is let in."""

    async def main() -> int | None:
        for _ in range(60):
            opened = await socket(site)
            opened.transport.abort()
        async with asyncio.timeout(SOON):
            while True:
                async with socket(site) as opened:
                    await opened.send("x")
                    code = await code_of(opened)
                    if code != CLOSE["too_many"]:
                        return code

    assert run(main) == CLOSE["malformed"]
