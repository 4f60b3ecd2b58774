"""The address to serve on, taken before anything else is done, so that a taken port costs nobody a minute."""

from __future__ import annotations

import errno
import socket
from typing import Final

from django.conf import settings

__all__ = ["BACKLOG", "CannotListen", "daphne_options", "listening_socket", "port_from"]

BACKLOG: Final = 128  # connections that wait while the server loads


class CannotListen(Exception):
    """The address cannot be served on. The message says why, and what to do."""


def port_from(text: str) -> int:
    """The port that ``PORT`` names; 0 lets the system choose one. Raises ``CannotListen``."""
    if text.isascii() and text.isdigit() and int(text[:6]) < 2**16:
        return int(text)
    raise CannotListen(f"PORT={text} is not a port: name a number from 1 to 65535.")


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not listening yet. Raises ``CannotListen``."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise CannotListen(f"HOST={host} is not an address or a name of this machine.") from None
    family, kind, protocol, _name, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise CannotListen(_reason(host, port, error)) from None
    return bound


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Stop what uses it, or name another: PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} needs an administrator. Name one above 1023: PORT=8000"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is not an address of this machine."
    return f"{host}:{port} cannot be served on: {error.strerror}."


def daphne_options() -> list[str]:
    """What Daphne is told wherever it serves this site."""
    size = str(settings.CAPSULE_SOCKET_FRAME_SIZE)
    return [
        *("--verbosity", "0", "--no-server-name", "--application-close-timeout", "5"),
        *("--websocket-max-message-size", size, "--websocket-max-frame-size", size),
    ]
