"""HTTP load: a few clients over connections that stay open, two or more sides in turns.

Requests are bytes made beforehand, for a client that does much itself measures itself.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from urllib.parse import urlencode

from benchmarks.serving import Server

__all__ = ["Connection", "Measured", "Side", "get", "in_turns", "post"]

CLIENTS = 8
WARM_UP = 1.0  # seconds of each side


@dataclass(frozen=True)
class Side:
    """What is measured: these requests to this server, each answered by a 200 that holds ``holds``."""

    name: str
    server: Server
    requests: Sequence[bytes]
    holds: bytes


@dataclass(frozen=True)
class Measured:
    """Medians of the rounds."""

    rate: float  # requests a second
    cpu: float  # milliseconds of the server's CPU for a request


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A GET as bytes."""
    return _request("GET", path, headers or {}, b"")


def post(path: str, fields: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> bytes:
    """The POST of a form as bytes."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return _request("POST", path, {**headers, **form}, urlencode(fields).encode())


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    length = {"Content-Length": str(len(body))} if method == "POST" else {}
    named = {"Host": "127.0.0.1", **headers, **length}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Connection:
    """One that stays open and asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body."""
        self._socket.sendall(request)
        status = int(self._file.readline()[9:12])
        length, chunked = 0, False
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _colon, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"transfer-encoding":
                chunked = b"chunked" in value
        return status, self._chunks() if chunked else self._file.read(length)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size)
            self._file.readline()
        self._file.readline()
        return body

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def in_turns(
    sides: Sequence[Side], *, rounds: int, seconds: float, clients: int = CLIENTS
) -> dict[str, Measured]:
    """Medians of each side by its name; the sides take turns, so that a noisy machine disturbs all alike."""
    for side in sides:
        _round(side, WARM_UP, clients)
    found: dict[str, list[Measured]] = {side.name: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            found[side.name].append(_round(side, seconds, clients))
    medians = {
        name: Measured(median(one.rate for one in all_of), median(one.cpu for one in all_of))
        for name, all_of in found.items()
    }
    for name, one in medians.items():
        print(f"{name:44} {one.rate:8.1f} requests/s {one.cpu:8.2f} ms of CPU each")
    return medians


def _round(side: Side, seconds: float, clients: int) -> Measured:
    load = _Load(side, time.perf_counter() + seconds, clients)
    cpu, began = side.server.cpu_seconds, time.perf_counter()
    load.run()
    took, spent = time.perf_counter() - began, side.server.cpu_seconds - cpu
    if load.problems:
        raise SystemExit(load.problems[0])
    answered = sum(load.counts)
    return Measured(answered / took, spent / answered * 1000)


class _Load:
    """A few clients that each send the next request when they have the answer."""

    def __init__(self, side: Side, until: float, clients: int) -> None:
        self.side = side
        self.until = until
        self.counts = [0] * clients
        self.problems: list[str] = []

    def run(self) -> None:
        workers = [threading.Thread(target=self._client, args=(at,)) for at in range(len(self.counts))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _client(self, number: int) -> None:
        connection = Connection(self.side.server.port)
        try:
            for request in self._from_a_place_of_its_own(number):
                if time.perf_counter() >= self.until:
                    return
                status, body = connection.ask(request)
                if status != 200 or self.side.holds not in body:
                    asked = request.partition(b"\r\n")[0].decode()
                    self.problems.append(f"{asked} answered {status}, without {self.side.holds!r}.")
                    return
                self.counts[number] += 1
        except (OSError, ValueError) as error:
            self.problems.append(f"{self.side.name}: {error!r}")
        finally:
            connection.close()

    def _from_a_place_of_its_own(self, number: int) -> Iterator[bytes]:
        """Round and round, so that two clients do not ask the same at the same time."""
        requests = self.side.requests
        first = number * len(requests) // len(self.counts)
        return cycle([*requests[first:], *requests[:first]])
