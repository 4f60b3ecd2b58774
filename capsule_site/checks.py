"""What must hold before the site may be served: asked by ``manage.py check`` and by ``manage.py serve``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from stat import S_IMODE
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage

from capsule.system_checks import Error

__all__ = ["check_address", "check_files"]


def check_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What another address than the machine's own may not have."""
    problems: list[CheckMessage] = []
    if settings.CAPSULE_LOCAL:
        return problems
    if settings.DEBUG:
        problems.append(
            Error(
                "DEBUG is on where others can reach the site: an error would show them its insides.",
                hint="Leave DEBUG out, or serve on 127.0.0.1.",
                id="capsule_site.E001",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        problems.append(
            Error(
                "ALLOWED_HOSTS=* lets any name stand for this site, which opens it to DNS rebinding.",
                hint="Name the hosts: ALLOWED_HOSTS=example.org",
                id="capsule_site.E002",
            )
        )
    return problems


def check_files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Nobody else on the machine may read the key or the database."""
    engine, name = settings.DATABASES["default"]["ENGINE"], str(settings.DATABASES["default"]["NAME"])
    paths = [settings.CAPSULE_VAR / "secret_key"]
    if engine.endswith("sqlite3") and ":memory:" not in name:
        paths += [Path(name), Path(f"{name}-wal"), Path(f"{name}-shm")]
    return [
        Error(
            f"{path} can be read by other users of this machine.",
            hint=f"chmod 600 {path}",
            id="capsule_site.E003",
        )
        for path in paths
        if path.exists() and S_IMODE(path.stat().st_mode) & 0o077
    ]
