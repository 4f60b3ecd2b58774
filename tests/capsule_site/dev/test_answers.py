"""What is answered below /_dev/ and in the site's place, and what is put into its pages."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from django.conf import settings as of_the_site
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from capsule_site.dev import answers
from capsule_site.dev.answers import POLICY, asset, is_own_host
from capsule_site.dev.following import Following
from capsule_site.dev.middleware import FollowMiddleware
from capsule_site.dev.standing_in import StandIn
from capsule_site.dev.state import State

PAGE = b"<html><head><title>x</title></head><body>x</body></html>"
NOW = State("x7")
LATER = NOW.after(["build"])


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("localhost", True), ("localhost:8000", True), ("desk.localhost:8000", True), ("127.8.8.8:1", True),
        ("[::1]:8000", True), ("example.org", False), ("localhost.example.org", False), ("10.0.0.1", False),
        ("", False), ("[nonsense", False), ("127.0.0.1.example.org", False),
    ],
)  # fmt: skip
def test_only_this_machines_own_names_are_answered(host: str, is_own: bool) -> None:
    assert is_own_host(host) is is_own


@pytest.mark.parametrize(
    "name", ["../answers.py", "answers.py", "look.css/..", "", "nothing.js", "..%2fx.css"]
)
def test_no_other_file_is_given_away(name: str) -> None:
    assert asset(f"/_dev/{name}").status == 404


def test_its_policy_allows_nothing_that_the_sites_own_forbids() -> None:
    directives = of_the_site.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for line in POLICY.split("; "):
        name, *sources = line.split()
        assert set(sources) - {"'none'"} <= set(directives[name])


def test_make_run_has_no_such_address(client: Client) -> None:
    for name in ("state", "follow.js", "look.css"):
        assert client.get(f"/_dev/{name}").status_code == 404
    assert not of_the_site.CAPSULE_DEV
    assert not [name for name in of_the_site.MIDDLEWARE if "dev" in name]


# In the site's place ------------------------------------------------------------------------------------


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        yield bound


@pytest.fixture
def stand_in(bound: socket.socket) -> Iterator[StandIn]:
    stand_in = StandIn(bound, NOW, "It is wrong.", "<p>It is wrong. __STATE__</p>")
    yield stand_in
    if not stand_in.is_over:
        stand_in.end(LATER)


def ask(bound: socket.socket, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    host, port = bound.getsockname()
    with closing(HTTPConnection(host, port, timeout=20)) as connection:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response, response.read().decode()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD"])
def test_every_address_says_what_is_wrong(bound: socket.socket, stand_in: StandIn, method: str) -> None:
    response, text = ask(bound, "/anything/", method)
    assert response.status == 500 and response.headers["Content-Security-Policy"] == POLICY
    assert text == ("" if method == "HEAD" else f"<p>It is wrong. {NOW}</p>")


def test_another_sites_name_is_told_nothing(bound: socket.socket, stand_in: StandIn) -> None:
    for path in ("/", "/_dev/state", "/_dev/look.css"):
        response, text = ask(bound, path, Host="evil.example")
        assert response.status == 400 and "wrong" not in text


def test_whoever_waits_hears_of_the_end_and_the_socket_goes_on(
    bound: socket.socket, stand_in: StandIn
) -> None:
    assert '"problem": "It is wrong."' in ask(bound, "/_dev/state?seen=other")[1]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stand_in.answer, "/_dev/state", f"seen={NOW}", "localhost")
        stand_in.end(LATER)
        assert waiting.result(timeout=20).body.decode() == f'{{"state": "{LATER}", "problem": ""}}'
    # The listening socket is open: the next site finds whoever came meanwhile.
    with closing(socket.create_connection(bound.getsockname(), timeout=5)):
        pass


# In the site --------------------------------------------------------------------------------------------


class Asking:
    """One request to ``Following``, as an ASGI server would pass it on."""

    def __init__(self, following: Following, path: str, query: str = "", host: str = "localhost") -> None:
        self.sent: list[dict[str, Any]] = []
        self.leaves = asyncio.Event()
        headers = [(b"host", host.encode())]
        scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": headers}
        self.task = asyncio.ensure_future(following.before(_site)(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def body(self) -> str:
        return b"".join(one.get("body", b"") for one in self.sent).decode()


async def _site(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.body", "body": b"the site"})


def test_a_page_hears_at_once_of_what_it_has_not_seen_and_waits_for_the_rest() -> None:
    async def story() -> None:
        following = Following()
        following.state = NOW
        behind = Asking(following, "/_dev/state", "seen=x7.0.0.0.9")
        await behind.task
        assert str(NOW) in behind.body
        waiting = Asking(following, "/_dev/state", f"seen={NOW}")
        leaving = Asking(following, "/_dev/state", f"seen={NOW}")
        await asyncio.sleep(0)
        assert not waiting.sent
        leaving.leaves.set()
        await leaving.task
        assert not leaving.sent
        await asyncio.to_thread(following.now, NOW.after(["style"]))
        await waiting.task
        assert "x7.0.0.1.0" in waiting.body

    asyncio.run(story())


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capsule_site.dev.following.PATIENCE", 0.01)

    async def story() -> None:
        following = Following()
        following.state = NOW
        waiting = Asking(following, "/_dev/state", f"seen={NOW}")
        await waiting.task
        assert str(NOW) in waiting.body

    asyncio.run(story())


def test_all_else_is_the_sites_own() -> None:
    async def story() -> None:
        following = Following()
        for path, host, body in (("/", "localhost", "the site"), ("/_dev/state", "evil.example", "not one")):
            asking = Asking(following, path, host=host)
            await asking.task
            assert body in asking.body
        style = Asking(following, "/_dev/look.css")
        await style.task
        assert ".failure" in style.body

    asyncio.run(story())


# In its pages -------------------------------------------------------------------------------------------


def html(content: bytes = PAGE, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(content, headers=headers)


@pytest.mark.parametrize(
    ("answer", "headers", "is_added"),
    [
        (html, {"Sec-Fetch-Dest": "document"}, True),
        (html, {}, True),
        (lambda: html(b"<h1>A plain view</h1>"), {"Sec-Fetch-Dest": "document"}, True),
        (lambda: html(PAGE, {"Content-Length": str(len(PAGE))}), {}, True),
        (html, {"Sec-Fetch-Dest": "empty"}, False),
        (html, {"HX-Request": "true"}, False),
        (lambda: HttpResponse(b"{}", content_type="application/json"), {}, False),
        (lambda: StreamingHttpResponse([PAGE]), {}, False),
        (lambda: html(PAGE, {"Content-Encoding": "gzip"}), {}, False),
    ],
)
def test_a_whole_page_follows_and_nothing_else(
    answer: Callable[[], HttpResponse], headers: dict[str, str], is_added: bool
) -> None:
    def respond(request: HttpRequest) -> HttpResponse:
        return answer()

    response = FollowMiddleware(respond)(RequestFactory().get("/", headers=headers))
    content = response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined]
    assert (b"/_dev/follow.js" in content) is is_added
    if response.has_header("Content-Length"):
        assert response["Content-Length"] == str(len(content))
    assert answers.PREFIX == "/_dev/"
