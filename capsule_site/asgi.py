"""How Daphne serves the site."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
os.environ.setdefault("CAPSULE_SERVING", "1")

import django  # noqa: E402 - the settings are named first
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from capsule_site.serving import OneHopHandler, on_worker_threads  # noqa: E402

django.setup(set_prefix=False)


async def refuse_socket(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer the handshake of a websocket with 403: no page opens one, so whoever tries is not ours."""
    await receive()
    await send({"type": "websocket.close"})


pages = on_worker_threads(OneHopHandler(), settings.CAPSULE_WORKER_THREADS)
application = ProtocolTypeRouter({"http": pages, "websocket": refuse_socket})
