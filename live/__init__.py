"""What changed, and who should look again."""

from __future__ import annotations

from live.topics import Topic

__all__ = ["Topic"]
