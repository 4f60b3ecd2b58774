"""Settings: scoped, typed configuration that people change in the browser."""

from __future__ import annotations

from settings_app.declarations import Setting, setting, settings

__all__ = ["Setting", "setting", "settings"]
