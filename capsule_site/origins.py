"""A socket is opened by a page of this very site, or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

__all__ = ["SameOrigin", "is_same_origin"]

Message = dict[str, Any]


class SameOrigin:
    """ASGI: refuses a handshake (403) whose ``Origin`` is not the site's own scheme, host and port.

    Browsers let any page open a socket to any site, with that site's cookies: this is what keeps others out.
    Channels' validators compare with a list of hosts, which lets in another port and any subdomain.
    """

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if is_same_origin(scope):
            await self.application(scope, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(scope: Message, receive: Any, send: Any) -> None:
    """Answer a handshake with 403."""
    await receive()
    await send({"type": "websocket.close"})


def is_same_origin(scope: Message) -> bool:
    """Whether a handshake comes from a page of the host that it asks, and the host is one of ours."""
    origins = [value for name, value in scope.get("headers", ()) if name == b"origin"]
    hosts = [value for name, value in scope.get("headers", ()) if name == b"host"]
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin, host = origins[0].decode("latin-1"), hosts[0].decode("latin-1")
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    scheme = "https" if settings.CAPSULE_TLS else "http"
    # Whole and exactly: no prefix, no suffix, no other port passes.
    return origin == f"{scheme}://{host}" or origin in settings.CSRF_TRUSTED_ORIGINS
