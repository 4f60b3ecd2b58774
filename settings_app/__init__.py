"""Settings: scoped, typed configuration that people change in the browser."""

from __future__ import annotations

from settings_app.by_name import settings
from settings_app.declarations import Setting, setting
from settings_app.layers import Origin

__all__ = ["Origin", "Setting", "setting", "settings"]
