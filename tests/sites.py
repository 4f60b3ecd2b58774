"""Sites of the suites' application, each with a database of its own, by their commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["site"]

ROOT = Path(__file__).resolve().parents[1]


def site(folder: Path, begun: Path | None = None, **environment: str) -> Callable[..., str]:
    """Runs commands of a site with the suites' collections, on a new database or on a copy of ``begun``."""
    folder.mkdir()
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "CAPSULE_VAR": str(folder)}
    names = {**own, **settings, **environment}

    def run(*words: Any) -> str:
        command = [sys.executable, "manage.py", *map(str, words)]
        done = subprocess.run(
            command, cwd=ROOT, env=names, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    if begun is None:
        run("migrate", "--verbosity", "0")
    else:
        shutil.copytree(begun, folder, dirs_exist_ok=True)
    return run
