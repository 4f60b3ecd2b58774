"""``{{ settings.name }}`` in every template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from capsule.errors import ScopeError
from settings_app.declarations import settings_registry
from settings_app.secrecy import masked

__all__ = ["settings"]


class InTemplates:
    """Each setting's value in force by its name, read when the template comes to it.

    A visitor gets the default of what only a signed-in person has: a template cannot catch an error.
    Raises ``NotDeclared`` with the nearest name for one that nobody declared: a typing error is seen. Of a
    secret a template gets what may be shown.
    """

    def __getitem__(self, name: str) -> Any:
        setting = settings_registry.get(name)
        try:
            value = setting.get()
        except ScopeError:
            return setting.default
        return masked(value) if setting.secret else value


_IN_TEMPLATES = InTemplates()


def settings(request: HttpRequest) -> dict[str, Any]:
    """The context processor; it asks for nothing by itself."""
    return {"settings": _IN_TEMPLATES}
