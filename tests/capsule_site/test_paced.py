"""A server that sends no faster than is read, and breaks off what fails while it is sent."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.capsule_site.paced_app import PIECE, PIECES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.capsule_site.paced_app", str(number)], stderr=subprocess.DEVNULL
    )
    try:
        _until(lambda: _answers(number))
        yield number
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    try:
        return sent(port) >= 0
    except OSError:
        return False


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    stop = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < stop
        time.sleep(0.05)


@contextmanager
def ask(port: int, path: str) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Connection": "close"})
        yield connection


def sent(port: int) -> int:
    with ask(port, "/sent") as connection:
        return int(connection.getresponse().read())


def test_what_nobody_reads_is_not_made(port: int) -> None:
    before, seen = sent(port), -1
    with ask(port, "/big") as connection:
        _until(lambda: sent(port) > before)
        while (now := sent(port)) != seen:  # until it stands still
            seen = now
            time.sleep(0.3)
        assert seen - before < PIECES / 4  # what the kernel and the server hold, a few megabytes
        assert len(connection.getresponse().read()) == len(PIECE) * PIECES
    assert sent(port) - before == PIECES


def test_what_fails_in_the_middle_does_not_look_whole(port: int) -> None:
    for _ in range(2):  # and the server looks after the next one too
        with ask(port, "/fails") as connection, pytest.raises((http.client.IncompleteRead, ConnectionError)):
            connection.getresponse().read()
    assert sent(port) >= 0
