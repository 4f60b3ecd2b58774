"""How British English writes a moment: one clock, of 24 hours, wherever a time of day is shown."""

from __future__ import annotations

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
