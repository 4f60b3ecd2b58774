"""What is slow holds up nobody else, and ends: on the server as it is run."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Site

pytestmark = pytest.mark.slow

THREADS = 4  # of the server, and handlers that one visitor may have running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("slow") / "var"
    given = {
        "CAPSULE_DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "tests.capsule_site.slow.settings",
        "CAPSULE_WORKER_THREADS": str(THREADS),
        "CAPSULE_STATEMENT_SECONDS": "0",  # the handler's own time is what ends them here
    }
    with Site(folder, **given) as site:
        try:
            yield site
        finally:
            for name in ("hung", *(f"held-{number}" for number in range(THREADS))):
                (folder / f"{name}-go").touch()


def ask(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, text


def until(met: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline, "this never came"
        time.sleep(0.02)


@pytest.fixture
def hanging(site: Site) -> Iterator[None]:
    """Within the test what begins hangs, and has ended after it: its seat is free again."""
    for name in ("hung-go", "hung-began"):
        (site.folder / name).unlink(missing_ok=True)
    yield
    (site.folder / "hung-go").touch()
    until(lambda: ask(site, "/data/hung")[2] == "1")


def begun(folder: Path) -> int:
    return len(list(folder.glob("held-*-began")))


def test_slow_handlers_on_every_thread_do_not_stop_the_site(site: Site) -> None:
    with ThreadPoolExecutor(THREADS) as visitors:
        held = [visitors.submit(ask, site, f"/data/held?number={number}") for number in range(THREADS)]
        until(lambda: begun(site.folder) == THREADS)
        # Each of the server's threads is taken, and nobody has been let go: these are answered meanwhile.
        for path in ["/health", "/sign-in/", "/static/capsule/look.css", "/sign-in/"]:
            assert ask(site, path)[0] in (200, 404)
        status, headers, text = ask(site, "/data/held?number=0")
        assert (status, json.loads(text)["error"], headers["retry-after"]) == (503, "busy", "5")
        assert not any(one.done() for one in held)
        for number in range(THREADS):
            (site.folder / f"held-{number}-go").touch()
        assert [json.loads(one.result()[2]) for one in held] == list(range(THREADS))
    assert json.loads(ask(site, "/data/held?number=1")[2]) == 1, "their seats are free again"


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["endless_statement", "waits"])
def test_what_can_be_ended_ends_at_its_time(name: str, site: Site) -> None:
    status, headers, text = ask(site, f"/data/{name}")
    assert (status, json.loads(text)["error"], headers["retry-after"]) == (503, "timed_out", "5")
    assert f"Data handler '{name}'" in site.output
    assert "given up" not in re.findall(rf".*'{name}'.*", site.output)[-1]


@pytest.mark.thorough
@pytest.mark.usefixtures("hanging")
def test_what_cannot_be_ended_is_answered_all_the_same_and_does_not_begin_twice(site: Site) -> None:
    status, headers, text = ask(site, "/data/hung")
    body = json.loads(text)
    assert (status, body["error"], headers["retry-after"]) == (503, "timed_out", "5")
    assert headers["x-request-id"] == body["request_id"]
    assert headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store"
    assert re.search(rf".*'hung'.*{body['request_id']}.*given up", site.output)
    (site.folder / "hung-began").unlink()

    # The page around it goes on without it, and without what can be ended.
    status, _headers, page = ask(site, "/slow/", Accept="text/html")
    assert status == 200
    assert page.count("widget-notice-timed_out") == 2
    assert ">42<" in page
    assert not (site.folder / "hung-began").exists()


@pytest.mark.thorough
@pytest.mark.usefixtures("hanging")
def test_a_page_that_cannot_go_on_is_a_503_of_the_house(site: Site) -> None:
    status, headers, page = ask(site, "/slow/", Accept="text/html")
    assert (status, headers["retry-after"]) == (503, "5")
    assert "This takes too long." in page
    assert "Traceback" not in site.output
