"""What a start needs: tables in step, something to look at, static files collected. Each only when needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from capsule_site.trimming import sources
from collections_app.storage.syncing import plan

__all__ = ["prepare", "prepare_database", "prepare_demo", "prepare_static_files"]

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Everything, in order; ``say`` gets a sentence before each step that is taken."""
    prepare_database(say)
    prepare_demo(say)
    prepare_static_files(say)


def prepare_database(say: Say) -> None:
    """Migrate, if a migration or a declared column is not in the database yet."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing or plan(connection):
        say("Bringing the database in step ...")
        call_command("migrate", interactive=False, verbosity=0)


def prepare_demo(say: Say) -> None:
    """Load the demo into an empty database, where it is installed and only this machine can reach it."""
    if not apps.is_installed("demo") or not settings.CAPSULE_LOCAL:
        return
    if not get_user_model()._default_manager.exists():
        say("Loading the demo ...")
        call_command("seed_demo", verbosity=0)


def prepare_static_files(say: Say) -> None:
    """Collect the static files, if one of them has changed since they were last collected."""
    stamp = settings.CAPSULE_VAR / "static.stamp"
    fingerprint = _fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint and Path(settings.STATIC_ROOT).is_dir():
        return
    say("Collecting static files ...")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """What the collected files depend on: each file's name, size and time, and who processes them."""
    parts = [version("Django"), version("whitenoise"), str(settings.STORAGES["staticfiles"])]
    for finder in finders.get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            parts.append(f"{name}:{_state_of(Path(storage.path(name)))}")
    # What pages are made from says which rules a style sheet keeps.
    parts += (f"{path}:{_state_of(path)}" for path in sources())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _state_of(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"
