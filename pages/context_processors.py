"""What every template of the house may ask about its surroundings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from pages.shell import Shell

__all__ = ["shell"]


def shell(request: HttpRequest) -> dict[str, Any]:
    """``{{ shell }}``: see ``pages.shell.Shell``. Nothing is asked of the database until a template does."""
    return {"shell": Shell(request)}
