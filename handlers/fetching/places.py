"""Which addresses may be asked: those that ``FETCH_ALLOWED`` names, and of private networks none but by name.

An entry is a host (``api.example.org``), all hosts below one (``*.example.org``), an address or a network
(``10.0.0.0/8``), each with a port or without: then those of http and https are meant. A host that is named
may not lead to a private address: what its name means is looked up once, and the address that was looked at
is the one that is connected to, so that an answer which changes in between changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from capsule.errors import CapsuleError

__all__ = ["Found", "PlaceRefused", "addresses_of", "check_place", "found"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
USUAL_PORTS = {80, 443}
UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given to anybody
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 for those who have none, by NAT64
# Tunnels to any IPv4 address (6to4), and what is only for documentation.
DETOURS = [ipaddress.ip_network("2002::/16"), ipaddress.ip_network("3fff::/20")]


class PlaceRefused(CapsuleError, ValueError):
    """An address that ``FETCH_ALLOWED`` does not name, or that leads into a private network."""

    anchor = "placerefused"


@dataclass(frozen=True)
class _Entry:
    host: str
    port: int | None

    def is_for(self, port: int) -> bool:
        return port == self.port if self.port is not None else port in USUAL_PORTS

    def names(self, host: str, port: int) -> bool:
        if self.host.startswith("*."):
            return self.is_for(port) and host.endswith(self.host[1:])
        return self.is_for(port) and host == self.host

    def holds(self, address: Address, port: int) -> bool:
        """Whether it names the address itself, or its network: then a private one is meant."""
        if self.port is not None and port != self.port:
            return False
        if self.host == "localhost":
            return address.is_loopback
        try:
            return address in ipaddress.ip_network(self.host, strict=False)
        except ValueError:
            return False


def check_place(url: httpx.URL) -> None:
    """Pass an address that is named. Raises ``PlaceRefused``."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    try:
        host = url.host.lower().rstrip(".")
    except UnicodeError:  # it is read as an international one
        raise PlaceRefused("The host of this address is none that there can be.") from None
    if port is None or not host:
        raise PlaceRefused(f"Only http and https can be fetched, not {url.scheme[:20]!r}.")
    if url.userinfo:
        raise PlaceRefused("An address with a name and a password in it is refused: send them as a header.")
    entries = _entries()
    if any(entry.names(host, port) for entry in entries):
        return
    literal = _as_address(host)
    if literal is not None and any(entry.is_for(port) and entry.holds(literal, port) for entry in entries):
        return
    named = ", ".join(settings.FETCH_ALLOWED) or "nothing"
    raise PlaceRefused(f"{host}:{port} may not be fetched. FETCH_ALLOWED names {named}.")


Found = list[tuple[Any, ...]]


def found(host: str, port: int) -> Found:
    """What a name leads to, as the system says it."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def addresses_of(host: str, port: int, find: Callable[[str, int], Found] = found) -> list[str]:
    """Where a host that is named leads to, each address allowed.

    Raises ``PlaceRefused`` if any of them is in a network that is not everybody's and is not named itself,
    ``OSError`` where the name is not known.
    """
    addresses = list(dict.fromkeys(str(place[0]) for *_rest, place in find(host, port)))
    entries = _entries()
    for address in map(ipaddress.ip_address, addresses):
        plain = _plain(address)
        if not _is_everybodys(plain) and not any(entry.holds(plain, port) for entry in entries):
            raise PlaceRefused(
                f"{host} leads to {plain}, in a private network, which FETCH_ALLOWED does not name itself."
            )
    return addresses


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as one of IPv6 as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_everybodys(address: Address) -> bool:
    """Whether it is one machine's on the public Internet. What no list knows is not."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    return address.is_global and address in UNICAST and not any(address in one for one in DETOURS)


def _entries() -> list[_Entry]:
    return [_entry(text.strip().lower()) for text in settings.FETCH_ALLOWED if text.strip()]


def _entry(text: str) -> _Entry:
    host, colon, port = text.rpartition(":")
    # In an address of IPv6 the last colon begins no port, unless it stands in brackets or is a network.
    if colon and port.isdigit() and (":" not in host or "/" in host or host.startswith("[")):
        return _Entry(host.strip("[]"), int(port))
    return _Entry(text.strip("[]"), None)


def _as_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
