"""Settings in the admin: values, what can be set for the whole site, what was set before, and who looked."""

from __future__ import annotations

from settings_app.admin.changes import SettingChangeAdmin
from settings_app.admin.reads import SettingReadAdmin
from settings_app.admin.values import SettingValueAdmin

__all__ = ["SettingChangeAdmin", "SettingReadAdmin", "SettingValueAdmin"]
