"""The peer of the live benchmarks: a group of the in-memory channel layer, with a member for each socket."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from benchmarks.stock.models import Entry

__all__ = ["ChangesConsumer", "change"]

GROUP = "changes"


class ChangesConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def changed(self, event: dict[str, Any]) -> None:
        await self.send(text_data='{"changed": {"entries": 1}}')

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)


def change(request: HttpRequest) -> HttpResponse:
    """One change, told to the group."""
    Entry._default_manager.filter(title="Package 1").update(size=F("size") + 1)
    async_to_sync(get_channel_layer().group_send)(GROUP, {"type": "changed"})
    return HttpResponse("changed")
