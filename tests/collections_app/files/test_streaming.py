"""On the real server: two hundred megabytes come in and go out piece by piece; more is refused at once."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.serving import Site, prepared

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
SIZE = 200 * MIB  # all that the column takes
PIECE = b"x" * 64 * 1024
ADDRESS = "/collections/test_films/files/film/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("films") / "var"
    made = Site(folder, CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE="tests.browser.settings")
    with prepared(made, shared, ("make_people",)) as site:
        yield site


def memory_of(site: Site) -> int:
    """The bytes that the server holds now: of Daphne's process, which ``serve`` becomes."""
    assert site.process is not None
    pages = Path(f"/proc/{site.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


class Peak:
    """The most that the server has held since then."""

    def __init__(self, site: Site) -> None:
        assert site.process is not None
        self.process = Path(f"/proc/{site.process.pid}")
        (self.process / "clear_refs").write_text("5")

    def __int__(self) -> int:
        line = next(line for line in (self.process / "status").read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) * 1024


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
    before, peak = memory_of(site), Peak(site)
    connection.request("POST", ADDRESS, body=sent(SIZE), headers=headers)
    answer = connection.getresponse()
    value = answer.read()
    assert answer.status == 201, value
    after_upload, most_of_upload = memory_of(site), int(peak)
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
    assert most_of_upload - before < 20 * MIB
    assert most - after_upload < 20 * MIB


# More than anything here takes --------------------------------------------------------------------------


def request_of(headers: dict[str, str], length: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in {"Host": "localhost", **headers}.items()]
    return "\r\n".join([f"POST {ADDRESS} HTTP/1.1", *lines, length, "", ""]).encode()


def sent_until_answered(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send pieces, as long as nothing comes back; how many bytes left."""
    left = 0
    while left < most:
        connection.setblocking(False)
        try:
            if connection.recv(1, socket.MSG_PEEK):
                break
        except BlockingIOError:
            pass
        connection.setblocking(True)
        connection.sendall(piece)
        left += len(piece)
    return left


@pytest.mark.parametrize(
    ("length", "piece", "most"),
    [
        (f"Content-Length: {1024 * MIB}", PIECE, 8 * MIB),
        (f"Content-Length: {1024 * MIB}\r\nExpect: 100-continue", b"", 0),
        (f"Content-Length: {1024 * MIB}\r\nUpgrade: websocket\r\nConnection: Upgrade", PIECE, 8 * MIB),
        ("Transfer-Encoding: chunked", b"10000\r\n" + PIECE + b"\r\n", SIZE + 16 * MIB),
    ],
    ids=["a length", "a length, and asks first", "a length, and would be a socket", "chunks"],
)
def test_a_gigabyte_is_refused_early(site: Site, length: str, piece: bytes, most: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)) as asked:
        headers = token_of(asked)
    peak, began = Peak(site), time.monotonic()
    before = int(peak)
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(request_of(headers, length))
        left = sent_until_answered(connection, piece, 1024 * MIB) if piece else 0
        connection.settimeout(60)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))  # to the end: it is closed
        seconds = time.monotonic() - began
    head, _gap, body = answer.partition(b"\r\n\r\n")
    assert (head.split()[1], b"connection: close" in head.lower()) == (b"413", True), answer[:300]
    assert b'"error": "too_large"' in body and b"the most that is taken here" in body
    assert left <= most
    assert seconds < 30  # of which two cores that are busy are most
    assert int(peak) - before < 20 * MIB


def test_who_sends_on_is_cut_off(site: Site) -> None:
    left = 0
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(request_of({}, f"Content-Length: {1024 * MIB}"))
        with pytest.raises(ConnectionError):
            while left < 1024 * MIB:
                connection.sendall(PIECE)
                left += len(PIECE)
    assert left < 64 * MIB


# What goes out ------------------------------------------------------------------------------------------

ROWS = """
from tests.testapp.declared.collections import films
films.insert_many({"title": f"{n} " + "x" * 200_000} for n in range(150))
"""


def test_a_download_that_is_broken_off_makes_room_for_another(site: Site) -> None:
    site.manage("shell", "-c", ROWS)
    address = "/collections/test_films/export.ndjson"

    def begun() -> tuple[http.client.HTTPConnection, int]:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request("GET", address)
        return connection, connection.getresponse().status  # the head alone: 30 MB do not fit on the way

    held = [begun() for _ in range(4)]
    assert [status for _connection, status in held] == [200] * 4
    refused, status = begun()
    assert status == 429
    refused.close()
    for connection, _status in held:
        connection.close()
    until = time.monotonic() + 30
    while (last := begun())[1] != 200:
        last[0].close()
        assert time.monotonic() < until
    last[0].close()
