"""Runs the queued turns of conversations here and now, as the runner of a served site does beside it."""

from __future__ import annotations

from unittest.mock import patch

from asgiref.sync import async_to_sync

from conversations.runner import Runner

__all__ = ["run_turns"]


def run_turns() -> None:
    """Run the turns that wait, until none does, on this thread and its connection."""
    with patch("channels.db.close_old_connections"):  # as Django's test client does: it is the test's own
        async_to_sync(_drain)()


async def _drain() -> None:
    await Runner().drain()
