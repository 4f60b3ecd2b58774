"""The page's client and the server agree: its numbers are read from its file."""

from __future__ import annotations

import re

from django.conf import settings

from live.consumers import CLOSE
from live.limits import Window

CONNECTION = (settings.BASE_DIR / "static" / "live" / "connection.js").read_text()


def codes(name: str) -> set[int]:
    found = re.search(rf"const {name} = \[([\d, ]+)\]", CONNECTION)
    assert found, name
    return {int(code) for code in found[1].split(", ")}


def test_it_knows_each_code_with_which_a_socket_is_closed() -> None:
    # Closed because it did not read, a page simply comes again.
    assert codes("REFUSED") | codes("LOST_ACCESS") == set(CLOSE.values()) - {CLOSE["slow"]}
    assert codes("LOST_ACCESS") == {CLOSE["signed_out"], CLOSE["not_yours"]}


def test_it_acknowledges_long_before_the_window_is_shut() -> None:
    found = re.search(r"const ACK_EVERY = (\d+);", CONNECTION)
    assert found and int(found[1]) * 2 <= Window.FRAMES


def test_it_asks_where_the_server_answers() -> None:
    assert '"/live/"' in CONNECTION and '"/live/compare/"' in CONNECTION


def test_it_acknowledges_before_the_bytes_shut_the_window() -> None:
    found = re.search(r"const ACK_SIZE = (\d+);", CONNECTION)
    # A character is at most three bytes of UTF-8 (four are two of JavaScript's), and one frame more may come.
    assert found and int(found[1]) * 3 * 2 <= Window.BYTES
