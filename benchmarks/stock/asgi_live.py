"""As Channels' tutorial makes it."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.stock.settings")

pages = get_asgi_application()

from benchmarks.stock.live import ChangesConsumer  # noqa: E402 - needs the models

application = ProtocolTypeRouter(
    {"http": pages, "websocket": URLRouter([path("live/", ChangesConsumer.as_asgi())])}
)
