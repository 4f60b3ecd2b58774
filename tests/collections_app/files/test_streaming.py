"""On the real server: a hundred megabytes come in, and go out piece by piece."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.serving import Site

pytestmark = pytest.mark.slow

SIZE = 100 * 1024 * 1024
PIECE = b"x" * 64 * 1024
ADDRESS = "/collections/test_films/files/film/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("films") / "var"
    with Site(folder, DJANGO_SETTINGS_MODULE="tests.browser.settings", CAPSULE_DEMO="0") as site:
        yield site


def memory_of(site: Site) -> int:
    """The bytes that the server holds now: of Daphne's process, which ``serve`` becomes."""
    assert site.process is not None
    pages = Path(f"/proc/{site.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def token_of(connection: http.client.HTTPConnection) -> dict[str, str]:
    """A visitor's cookies, and the token that goes with them."""
    connection.request("GET", "/collections/test_films/add/")
    response = connection.getresponse()
    page = response.read().decode()
    cookies = "; ".join(one.partition(";")[0] for one in response.headers.get_all("Set-Cookie") or [])
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert token, page[:500]
    return {"Cookie": cookies, "X-CSRFToken": token, "Accept": "application/json"}


def sent(size: int) -> Iterator[bytes]:
    for _ in range(size // len(PIECE)):
        yield PIECE


def test_a_large_file_goes_through(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)) as connection:
        goes_through(site, connection)


def goes_through(site: Site, connection: http.client.HTTPConnection) -> None:
    headers = token_of(connection) | {"Content-Length": str(SIZE), "Content-Type": "application/octet-stream"}
    before = memory_of(site)
    connection.request("POST", ADDRESS, body=sent(SIZE), headers=headers)
    answer = connection.getresponse()
    value = answer.read()
    assert answer.status == 201, value
    after_upload = memory_of(site)
    connection.request(
        "POST",
        "/collections/test_films/",
        body=b'{"film": ' + value.partition(b'"value":')[2].partition(b"}")[0] + b"}}",
        headers=token_of(connection) | {"Content-Type": "application/json"},
    )
    made = connection.getresponse()
    assert made.status == 201, made.read()
    made.read()
    connection.request("GET", f"{made.headers['Location']}files/film/")
    file = connection.getresponse()
    read = 0
    most = after_upload
    while piece := file.read(1024 * 1024):
        read += len(piece)
        most = max(most, memory_of(site))
    assert (file.status, read) == (200, SIZE)
    # Daphne itself hands a body on in one go, before the site sees any of it.
    assert after_upload - before < 1.3 * SIZE
    assert most - after_upload < 20 * 1024 * 1024


def test_what_says_that_it_is_too_large_is_refused(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)) as connection:
        size = 201 * 1024 * 1024
        said = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        connection.request("POST", ADDRESS, body=sent(size), headers=token_of(connection) | said)
        answer = connection.getresponse()
        assert (answer.status, b"too_large" in answer.read()) == (413, True)
