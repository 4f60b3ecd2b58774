"""How Daphne serves the site: pages on lasting threads, sockets beside them, one hub for both."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
os.environ.setdefault("CAPSULE_SERVING", "1")

from capsule_site import loading  # noqa: E402 - the settings are named first

loading.begin()

import django  # noqa: E402 - now what is large
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from capsule.threads import LastingThreads  # noqa: E402
from capsule_site.serving import OneHopHandler, Starting, on_worker_threads  # noqa: E402
from capsule_site.sole import hold_place  # noqa: E402

django.setup(set_prefix=False)
hold_place()

# These need the models, which are there now.
from accounts.sockets import VisitorSockets  # noqa: E402
from capsule_site.origins import SameOrigin, refuse  # noqa: E402
from live.consumers import live_socket  # noqa: E402
from live.hub import hub  # noqa: E402

threads = LastingThreads(settings.CAPSULE_WORKER_THREADS)
pages = on_worker_threads(OneHopHandler(), threads)
live = SameOrigin(VisitorSockets(live_socket, threads))


async def sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """There is one address for sockets; another is refused like one of another origin."""
    await (live if scope["path"] == "/live/" else refuse)(scope, receive, send)


application = Starting(ProtocolTypeRouter({"http": pages, "websocket": sockets}), hub.start)
loading.end()
