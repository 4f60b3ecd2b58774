"""Other services: only those that are named, within limits, and what they last said while they are down."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from capsule import Identity, acting_as
from handlers.ages import noting_ages
from handlers.declarations import Handler, handlers_registry
from handlers.fetching import FetchFailed, afetch_json, fetch_json
from pages import ui
from pages.rendering import render_widget
from tests.handlers.test_places import leading_to

Answer = Callable[[BaseHTTPRequestHandler], None]


class Service:
    """Another service, whose answers a test says one by one; the last one stays."""

    def __init__(self, settings: Any) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Answer] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                service.headers.append({name.lower(): value for name, value in self.headers.items()})
                answers = service.answers
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                with suppress(OSError):  # whoever asked has gone
                    answer(self)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/rates"
        settings.FETCH_ALLOWED = [f"127.0.0.1:{self.port}"]

    def says(self, *answers: Answer) -> None:
        self.answers = list(answers)


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    cache.clear()
    service = Service(settings)
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    with patch("handlers.fetching.asking.FIRST_PAUSE", 0.001):
        yield service
    service.server.shutdown()
    service.server.server_close()
    cache.clear()


def good(value: Any = 1, **headers: str) -> Answer:
    return body(json.dumps(value).encode(), 200, **headers)


def body(content: bytes, /, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def drops(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()


def hangs(request: BaseHTTPRequestHandler) -> None:
    threading.Event().wait(1.0)


def trickles(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _turn in range(100):
        request.wfile.write(b" ")
        request.wfile.flush()
        threading.Event().wait(0.02)


def trickles_its_head(request: BaseHTTPRequestHandler) -> None:
    for _turn in range(100):
        request.wfile.write(b"HTTP/1.0 200 OK\r\n" if _turn == 0 else b"X: y\r\n")
        request.wfile.flush()
        threading.Event().wait(0.1)


def fifty_megabytes(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _turn in range(50):
        request.wfile.write(b"[" + b" " * 1024 * 1024)


def later(clock: float) -> Any:
    return patch("handlers.fetching.fetching.time.time", lambda: clock)


def test_it_is_asked_once_until_it_is_old(service: Service) -> None:
    service.says(good({"EUR": 1}), good({"EUR": 2}))
    assert [fetch_json(service.url, params={"base": "EUR"}) for _turn in range(3)] == [{"EUR": 1}] * 3
    assert service.asked == ["/rates?base=EUR"]
    with later(time.time() + 61):
        assert fetch_json(service.url, params={"base": "EUR"}) == {"EUR": 2}


def test_what_is_asked_differently_is_something_else(service: Service) -> None:
    service.says(good(1), good(2), good(3))
    assert fetch_json(service.url) == 1
    assert fetch_json(service.url, headers={"Authorization": "Bearer a"}) == 2
    assert fetch_json(service.url, headers={"Authorization": "Bearer b"}) == 3


def test_async_code_is_not_held_up(service: Service) -> None:
    service.says(good(1))
    assert asyncio.run(afetch_json(service.url)) == 1


BROKEN: dict[str, Answer] = {
    "slow": hangs,
    "dropping": drops,
    "trickling": trickles,
    "trickling its head": trickles_its_head,
    "500": body(b"{}", 500),
    "404": body(b"{}", 404),
    "429": body(b"{}", 429, Retry_After="3600"),
    "html": body(b"<!doctype html><p>Sign in", Content_Type="text/html"),
    "50 MB": fifty_megabytes,
    "packed": body(b"x", Content_Encoding="gzip"),
    "deep": body(b"[" * 100_000),
    "redirect to a private address": body(b"", 302, Location="http://169.254.169.254/latest/meta-data"),
    "redirect without end": body(b"", 302, Location="/rates"),
    "redirect to a file": body(b"", 302, Location="file:///etc/passwd"),
    "redirect to no host": body(b"", 302, Location="http://xn--a.example.org/"),
    "redirect to a program": body(b"", 302, Location="app://back?code=a-token"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_while_it_is_broken_its_last_good_answer_is_given_with_its_age(
    service: Service, broken: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    service.says(good({"EUR": 1}))
    began = time.time()
    fetch_json(service.url)
    service.says(broken)
    with caplog.at_level(logging.WARNING), later(began + 120):
        for _turn in range(3):
            with noting_ages() as ages:
                assert fetch_json(service.url, timeout=0.3) == {"EUR": 1}
            assert ages.oldest is not None and abs(ages.oldest.timestamp() - began) < 5
    ours = [record for record in caplog.records if record.name == "capsule.fetching"]
    assert len(ours) == 1 and "gives no usable answer" in ours[0].getMessage()
    assert "a-token" not in caplog.text


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_where_there_never_was_an_answer_it_is_said_and_the_service_spared(
    service: Service, broken: Answer
) -> None:
    service.says(broken)
    began = time.monotonic()
    for _turn in range(3):
        with pytest.raises(FetchFailed, match="gives no answer"):
            fetch_json(service.url, timeout=0.3, retries=0)
    assert time.monotonic() - began < 5  # a head trickles for ten seconds
    assert len(service.asked) <= 4  # redirects of one attempt


def test_it_comes_back(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.says(body(b"", 503))
    began = time.time()
    with caplog.at_level(logging.WARNING):
        with pytest.raises(FetchFailed):
            fetch_json(service.url, retries=0)
        service.says(good(1))
        with later(began + 10), noting_ages() as ages:
            assert fetch_json(service.url) == 1
    assert ages.oldest is None
    assert "answers again" in caplog.text


def test_it_is_tried_again_as_often_as_said_and_as_late_as_asked(service: Service) -> None:
    service.says(body(b"", 503), body(b"", 429, Retry_After="0"), good(1))
    assert fetch_json(service.url, retries=2) == 1
    assert len(service.asked) == 3
    service.says(body(b"", 503, Retry_After="3600"), good(2))
    with pytest.raises(FetchFailed):
        fetch_json(service.url + "/other", retries=2, timeout=1)
    assert len(service.asked) == 4
    with later(time.time() + 1800), pytest.raises(FetchFailed):
        fetch_json(service.url + "/other")
    assert len(service.asked) == 4


def test_a_service_that_asks_for_years_is_asked_again_within_hours(service: Service) -> None:
    service.says(body(b"", 503, Retry_After="999999999"), good(2))
    with pytest.raises(FetchFailed):
        fetch_json(service.url)
    with later(time.time() + 2 * 3600):
        assert fetch_json(service.url) == 2


def test_the_last_good_answer_is_given_for_a_week(service: Service) -> None:
    service.says(good(1), body(b"", 503))
    began = time.time()
    fetch_json(service.url)
    for day in range(1, 7):
        with later(began + day * 24 * 3600):
            assert fetch_json(service.url, retries=0) == 1
    with later(began + 8 * 24 * 3600), pytest.raises(FetchFailed):
        fetch_json(service.url, retries=0)


def test_what_the_address_asks_already_stays(service: Service) -> None:
    service.says(good(1))
    fetch_json(f"{service.url}?key=1", params={"base": "EUR"})
    assert service.asked == ["/rates?key=1&base=EUR"]


def test_of_many_who_ask_at_once_one_does(service: Service) -> None:
    def slowly(request: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(0.1)
        good(1)(request)

    service.says(slowly)
    with ThreadPoolExecutor(8) as people:
        assert list(people.map(lambda _one: fetch_json(service.url), range(8))) == [1] * 8
    assert len(service.asked) == 1


@pytest.mark.parametrize(("minutes", "given"), [(1.5, 1), (60, 2)])
def test_who_comes_while_somebody_asks_waits_unless_the_answer_is_hardly_too_old(
    service: Service, minutes: float, given: int
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def when_it_may(request: BaseHTTPRequestHandler) -> None:
        is_asked.set()
        may_answer.wait(10)
        good(2)(request)

    service.says(good(1), when_it_may)
    began = time.time()
    fetch_json(service.url)
    with later(began + minutes * 60), ThreadPoolExecutor(2) as people:
        first = people.submit(fetch_json, service.url)
        assert is_asked.wait(10)
        second = people.submit(fetch_json, service.url)
        if given == 1:
            assert second.result(10) == 1
        may_answer.set()
        assert (first.result(10), second.result(10)) == (2, given)


def test_while_a_broken_service_is_asked_again_the_last_good_answer_says_its_age(service: Service) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def when_it_may(request: BaseHTTPRequestHandler) -> None:
        is_asked.set()
        may_answer.wait(10)

    service.says(good(1), body(b"", 503), when_it_may)
    began = time.time()
    fetch_json(service.url)
    with later(began + 61):
        fetch_json(service.url, retries=0)
    with later(began + 70), ThreadPoolExecutor(1) as somebody:
        first = somebody.submit(fetch_json, service.url, retries=0)
        assert is_asked.wait(10)
        with noting_ages() as ages:
            assert fetch_json(service.url) == 1
        assert ages.oldest is not None
        may_answer.set()
        assert first.result(10) == 1


def test_what_is_secret_is_not_carried_to_another_host(service: Service, settings: Any) -> None:
    settings.FETCH_ALLOWED = [*settings.FETCH_ALLOWED, f"localhost:{service.port}"]
    service.says(body(b"", 307, Location=f"http://localhost:{service.port}/there"), good(1))
    assert fetch_json(service.url, headers={"Authorization": "Bearer a"}) == 1
    assert "authorization" in service.headers[0] and "authorization" not in service.headers[1]


def test_another_port_is_another_service(service: Service, settings: Any) -> None:
    settings.FETCH_ALLOWED = ["127.0.0.0/8", f"127.0.0.1:{service.port}"]
    other = Service(settings)
    thread = threading.Thread(target=other.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    settings.FETCH_ALLOWED = [f"127.0.0.1:{service.port}", f"127.0.0.1:{other.port}"]
    service.says(body(b"", 307, Location=other.url))
    other.says(good(1))
    try:
        assert fetch_json(service.url, headers={"Authorization": "Bearer a"}) == 1
    finally:
        other.server.shutdown()
        other.server.server_close()
    assert "authorization" in service.headers[0] and "authorization" not in other.headers[0]


def test_one_persons_cookie_is_not_sent_for_another(service: Service) -> None:
    service.says(good(1, Set_Cookie="sid=alices; Path=/"), good(2))
    fetch_json(service.url, headers={"Authorization": "Bearer alice"})
    fetch_json(service.url, headers={"Authorization": "Bearer bob"})
    assert len(service.headers) == 2 and "cookie" not in service.headers[1]


@pytest.mark.parametrize("piece", [b"X-Slow: 1\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
def test_headers_that_come_too_slowly_are_waited_for_no_longer_either(service: Service, piece: bytes) -> None:
    has_left, ended = threading.Event(), threading.Event()

    def drips(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" if piece.startswith(b"X") else b"")
        for _turn in range(500):
            request.wfile.write(piece)
            if has_left.wait(0.02):
                return
        ended.set()

    service.says(drips)
    with pytest.raises(FetchFailed):
        fetch_json(service.url, timeout=0.3, retries=0)
    assert not ended.is_set()
    has_left.set()


# Which may be asked ---------------------------------------------------------------------------------------

PRIVATE = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"]


@pytest.mark.parametrize("address", [*PRIVATE, "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_name_that_leads_into_a_private_network_is_refused(
    service: Service, settings: Any, address: str
) -> None:
    """Also where it led elsewhere before: what is connected to is what was looked at."""
    settings.FETCH_ALLOWED = [f"api.example.org:{service.port}"]
    service.says(good(1))
    with leading_to(address), pytest.raises(FetchFailed):
        fetch_json(f"http://api.example.org:{service.port}/", retries=0)
    assert service.asked == []


def test_a_private_address_that_is_named_may_be_asked_by_a_name_too(service: Service, settings: Any) -> None:
    settings.FETCH_ALLOWED = [f"api.example.org:{service.port}", "127.0.0.0/8"]
    service.says(good(1))
    with leading_to("127.0.0.1"):
        assert fetch_json(f"http://api.example.org:{service.port}/") == 1


# Where it is shown -----------------------------------------------------------------------------------------


def test_a_widget_says_how_old_its_value_is_and_a_program_is_told_to_wait(
    service: Service, client: Client, rf: RequestFactory
) -> None:
    def rate() -> Any:
        return fetch_json(service.url, retries=0)["EUR"]

    def shown() -> str:
        with acting_as(Identity()):
            return str(render_widget(ui.Metric("Rate", handler), rf.get("/")))

    handler = Handler(rate, "test_rate", "public")
    with handlers_registry.temporarily(handler.name, handler):
        service.says(body(b"", 500))
        assert "Another service gives no answer" in shown()
        response = client.get("/data/test_rate")
        assert (response.status_code, response.json()["error"]) == (503, "unavailable")
        service.says(good({"EUR": 1.25}))
        began = time.time()
        with later(began + 10):
            assert "1.25" in shown() and "does not answer" not in shown()
        service.says(drops)
        with later(began + 120):
            assert "1.25" in shown() and "does not answer" in shown() and "data-relative" in shown()
            kept = Handler(rate, "test_kept_rate", "public", cache=60)
            for _turn in range(2):  # what is kept says its age too
                with acting_as(Identity()), noting_ages() as ages:
                    assert kept.call() == 1.25
                assert ages.oldest is not None
