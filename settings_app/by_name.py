"""Every declared setting by its name, for Python and for templates."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from settings_app.declarations import Value, settings_registry, value_store

__all__ = ["Settings", "settings"]


class Settings:
    """Every declared setting by its name.

    Example: ``settings.get("show_closed")``
    """

    def get(self, name: str) -> Any:
        """The value in force, as ``Setting.get``. Raises ``NotDeclared`` with a hint."""
        return settings_registry.get(name).get()

    def set(self, name: str, value: Value) -> None:
        """Keep a value, as ``Setting.set``."""
        settings_registry.get(name).set(value)

    def reset(self, name: str) -> None:
        """Back to the default, as ``Setting.reset``."""
        settings_registry.get(name).reset()

    def get_all(self) -> dict[str, Value]:
        """All values in force by name, in one query; without those that an anonymous visitor cannot have."""
        return value_store().read_all()

    async def aget(self, name: str) -> Any:
        return await settings_registry.get(name).aget()

    async def aset(self, name: str, value: Value) -> None:
        await settings_registry.get(name).aset(value)

    async def areset(self, name: str) -> None:
        await settings_registry.get(name).areset()

    async def aget_all(self) -> dict[str, Value]:
        return await sync_to_async(self.get_all)()


settings = Settings()
