"""What one socket may ask of the server, and how much the server sends ahead of who reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["Rate", "Window"]

Clock = Callable[[], float]


class Rate:
    """At most ``count`` of something in any ``per`` seconds."""

    def __init__(self, count: int, *, per: float, now: Clock) -> None:
        self._count = count
        self._per = per
        self._now = now
        self._times: deque[float] = deque()

    def allows(self) -> bool:
        """Note one more; whether it is still within the rate."""
        now = self._now()
        while self._times and self._times[0] <= now - self._per:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now)
        return True


class Window:
    """How far the server may be ahead of the client, which says every 16 frames how many it has read.

    Daphne keeps whatever it is given until the other side takes it (measured: 300 MB for one socket that
    does not read), so what is not acknowledged is counted here.
    """

    FRAMES = 64
    BYTES = 256 * 1024
    PATIENCE = 60.0  # seconds that it may stay shut

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._sizes: deque[int] = deque()
        self._ahead = 0  # bytes
        self._acknowledged = 0  # frames
        self._shut_since: float | None = None

    @property
    def is_shut(self) -> bool:
        """Whether nothing more may be sent until the client has read on."""
        return len(self._sizes) >= self.FRAMES or self._ahead >= self.BYTES

    @property
    def waits_too_long(self) -> bool:
        return self._shut_since is not None and self._now() - self._shut_since > self.PATIENCE

    def sent(self, frame: str) -> None:
        size = len(frame) if frame.isascii() else len(frame.encode())
        self._sizes.append(size)
        self._ahead += size
        if self.is_shut:
            self._shut_since = self._now()

    def acknowledge(self, count: int) -> bool:
        """The client has read ``count`` frames in all; whether that can be."""
        read = count - self._acknowledged
        if not 0 <= read <= len(self._sizes):
            return False
        for _ in range(read):
            self._ahead -= self._sizes.popleft()
        self._acknowledged = count
        if not self.is_shut:
            self._shut_since = None
        return True
