"""How Daphne serves the site."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
os.environ.setdefault("CAPSULE_SERVING", "1")

from channels.routing import ProtocolTypeRouter  # noqa: E402 - the settings are named first
from django.core.asgi import get_asgi_application  # noqa: E402


async def refuse_socket(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer the handshake of a websocket with 403: no page opens one, so whoever tries is not ours."""
    await receive()
    await send({"type": "websocket.close"})


application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": refuse_socket})
