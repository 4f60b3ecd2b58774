"""A site of its own for a benchmark: a temporary folder, a fresh database, nothing left behind."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

__all__ = ["DATA", "prepare"]

# The extract that the demo ships; give the path of a larger file of the same records to measure with it.
DATA = Path(__file__).resolve().parent.parent / "demo" / "data" / "packages.ndjson.gz"

_folder: tempfile.TemporaryDirectory[str] | None = None


def prepare(*, settings: str = "benchmarks.settings") -> Path:
    """Set Django up on a new database in a temporary folder, and return the folder."""
    global _folder
    _folder = tempfile.TemporaryDirectory(prefix="capsule-bench-")
    os.environ.setdefault("CAPSULE_VAR", _folder.name)
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return Path(_folder.name)
