from __future__ import annotations

import socket

import pytest

from capsule_site.listening import CannotListen, listening_socket, port_from


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("8000", 8000), ("65535", 65535), ("080", 80)])
def test_a_port_is_a_number(text: str, port: int) -> None:
    assert port_from(text) == port


@pytest.mark.parametrize("text", ["abc", "-1", "65536", "8" * 5000, "80.0", "", " ", "٨٠", "0x50", "8e3"])
def test_anything_else_is_a_sentence(text: str) -> None:
    with pytest.raises(CannotListen, match="is not a port: name a number from 1 to 65535"):
        port_from(text)


@pytest.mark.parametrize(
    ("host", "family"),
    [("127.0.0.1", socket.AF_INET), ("localhost", socket.AF_INET), ("[::1]", socket.AF_INET6)],
)
def test_the_address_is_taken_at_once(host: str, family: socket.AddressFamily) -> None:
    with listening_socket(host, 0) as bound:
        assert bound.family == family
        port = bound.getsockname()[1]
        bound.listen()
        with pytest.raises(CannotListen, match=f"Port {port} on .* is in use.*PORT={port + 1}"):
            listening_socket(host, port)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("203.0.113.7", "HOST=203.0.113.7 is not an address of this machine."),
        ("no such name", "HOST=no such name is not an address or a name of this machine."),
        ("1.2.3.4.5", "HOST=1.2.3.4.5 is not an address or a name"),
        ("x" * 300, "is not an address or a name"),
        (".", "is not an address or a name"),
    ],
)
def test_another_machines_address_is_a_sentence(host: str, sentence: str) -> None:
    with pytest.raises(CannotListen) as caught:
        listening_socket(host, 0)
    assert sentence in str(caught.value)
