"""Connections to other services: to addresses that were looked at alone, within the time of a request."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Thread
from typing import Any

import httpcore
import httpx

from handlers.fetching.places import Found, addresses_of, found

__all__ = ["client", "until"]

AT_ONCE = 20  # connections of one process to all services

_deadline: ContextVar[float] = ContextVar("handlers_fetching_deadline")


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Within it every wait for a service ends at that moment of ``time.monotonic``."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


@cache
def client() -> httpx.Client:
    """One pool for the process. The environment is not asked for proxies: they would lead elsewhere."""
    transport = httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE))
    # httpx has no argument for it; a test sees that a name which leads into a private network is refused.
    transport._pool._network_backend = _Checked()
    # No cookie is kept: what a service sets for whoever's token it was sent would go along with another's.
    none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(transport=transport, trust_env=False, follow_redirects=False, cookies=none)


class _Checked(httpcore.SyncBackend):
    """Connects only to addresses that were looked at: a name is not looked up again in between."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = addresses_of(host, port, _found_in_time)
        except (OSError, UnicodeError) as error:  # no name may look like that
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses:
            try:
                stream = super().connect_tcp(address, port, _time_left(), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _Timed(stream)
        raise problem


class _Timed(httpcore.NetworkStream):
    """A connection that is read and written within the request's time.

    The timeouts of httpx begin anew with each byte, and once more for TLS: a trickling head has no end.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _time_left()))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _found_in_time(host: str, port: int) -> Found:
    """What a name leads to. The system's own way to ask for it knows no time: it is left behind alone."""
    answer: Future[Found] = Future()

    def find() -> None:
        try:
            answer.set_result(found(host, port))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=find, name="finding a service", daemon=True).start()
    try:
        return answer.result(_time_left())
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"what {host} leads to was not found in time") from error


def _time_left() -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ConnectTimeout("its time is over")
    return left
