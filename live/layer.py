"""Where there is a channel layer (Redis), it shortens the wait of other processes.

It carries hints alone, one message for each flush and process: what is lost, the watcher finds.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

from live.changes import on_commit_of_changes
from live.hub import Hub, hub
from live.versions import Versions

__all__ = ["Hints", "start"]

logger = logging.getLogger("capsule.live")

GROUP = "capsule.live"
MOST = 500  # names in one message; a bulk write of more is left to the watcher
EVERY = 0.05  # seconds between two messages of one process
AFTER_AN_ERROR = 2.0  # seconds


class Hints:
    """Sends this process's commits to the group, and hears those of the others."""

    def __init__(self, layer: Any, listening: Hub) -> None:
        self._layer = layer
        self._hub = listening
        self._loop = asyncio.get_running_loop()
        self._pending: Versions = {}
        self._committed = asyncio.Event()

    def committed(self, versions: Versions) -> None:
        """Hear of a commit, on any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._keep, versions)

    def _keep(self, versions: Versions) -> None:
        self._pending.update(versions)
        self._committed.set()

    async def send(self) -> None:
        """For ever: what was committed, in few messages."""
        while True:
            await self._committed.wait()
            self._committed.clear()
            pending, self._pending = self._pending, {}
            if len(pending) <= MOST:
                try:
                    await self._layer.group_send(GROUP, {"type": "changed", "versions": pending})
                except Exception as error:  # whatever Redis has: a hint that is lost loses nothing
                    logger.warning("The channel layer does not take hints: %s", type(error).__name__)
                    await asyncio.sleep(AFTER_AN_ERROR)
            await asyncio.sleep(EVERY)

    async def receive(self) -> None:
        """For ever: what others committed."""
        while True:
            channel = ""
            try:
                channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, channel)
                while True:
                    message = await self._layer.receive(channel)
                    self._hub.changed({str(name): int(at) for name, at in message["versions"].items()})
            except Exception as error:
                logger.warning("The channel layer gives no hints: %s", type(error).__name__)
                with suppress(Exception):  # or the layer would keep for it whatever is sent from now on
                    await self._layer.group_discard(GROUP, channel)
                await asyncio.sleep(AFTER_AN_ERROR)


_tasks: set[asyncio.Task[None]] = set()


def start() -> None:
    """Begin to send and hear hints, where a channel layer is configured."""
    layer = get_channel_layer()
    if layer is None:
        return
    hints = Hints(layer, hub)
    on_commit_of_changes(hints.committed)
    for work in (hints.send(), hints.receive()):
        # Held, for the loop itself holds its tasks only weakly.
        _tasks.add(asyncio.get_running_loop().create_task(work))
