"""The servers of a benchmark: each a process of its own, on a CPU of its own where there are two.

A load that shares a CPU with what it loads measures itself. Where nothing can be pinned (another system, one
CPU), everything runs as it comes.
"""

from __future__ import annotations

import http.client
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scratch import ROOT

__all__ = ["LOOK_EVERY", "OURS", "START_LIMIT", "Server", "daphne", "fetch", "pin_load", "serving", "started"]

START_LIMIT = 60.0  # seconds
LOOK_EVERY = 0.002  # seconds between two looks whether a server listens
FILES = 65_536  # open at once: a socket is one


def daphne(module: str, application: str) -> list[str]:
    """The command that serves an application with Daphne; it logs no access, on either side."""
    return [sys.executable, "-m", module, "-v", "0", "-b", "127.0.0.1", "-p", "{port}", application]


# As ``manage.py serve`` starts it.
OURS = [*daphne("capsule_site.run_daphne", "capsule_site.asgi:application"), "--no-server-name"]


@dataclass(frozen=True)
class Server:
    """A server that listens, and what its process has taken of the machine."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads, since it started; 0 where the system does not tell."""
        with suppress(OSError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    @property
    def resident(self) -> int:
        """Bytes of its memory that are in RAM; 0 where the system does not tell."""
        with suppress(OSError):
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()
        return 0


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, pinned: bool = True
) -> Iterator[Server]:
    """A server that listens on a free port; ``{port}`` in its command becomes the number."""
    with started(command, environment, pinned=pinned) as server:
        _wait_until_it_listens(server)
        yield server


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, pinned: bool = True
) -> Iterator[Server]:
    """As ``serving``, but right after the process was started."""
    port = _free_port()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [word.replace("{port}", str(port)) for word in command],
            cwd=ROOT,
            # Empty is off: a server that may not keep its bytecode compiles itself at each start.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        if pinned:
            _pin(process.pid, 1)
        try:
            yield Server(process, port)
        except BaseException:
            errors.seek(0)
            print(errors.read()[-4000:].decode(errors="replace"), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait()


def _wait_until_it_listens(server: Server) -> None:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and server.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(LOOK_EVERY)
    raise SystemExit(f"The server on port {server.port} did not start.")


def fetch(server: Server, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The body of one page. Raises ``SystemExit`` unless it is a 200."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise SystemExit(f"{path} answered {response.status}: {body[:500]!r}")
    return body


def pin_load() -> None:
    """Keep this process, which makes the load, off the servers' CPU; let it open many sockets."""
    _pin(0, 0)
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        many = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (many, hard))


def _pin(pid: int, number: int) -> None:
    with suppress(AttributeError, OSError):
        cpus = sorted(_CPUS)
        if len(cpus) > 1:
            os.sched_setaffinity(pid, {cpus[number]})


_CPUS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
