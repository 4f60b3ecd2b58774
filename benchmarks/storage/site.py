"""The site of the benchmark: its folder and database are kept until all is measured."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from benchmarks.scratch import refuse_tables, set_up
from benchmarks.storage.journal import Journal

__all__ = ["drop", "prepare_kept", "server"]


def prepare_kept(folder: Path, measured: str = "") -> Journal:
    """Set Django up with its tables, on a new database or on the one that an earlier run has left."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / "steps.jsonl", measured)
    set_up(folder, "benchmarks.storage.settings")
    # These need the settings.
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    if journal.data("tables") != _identity_of(connection):
        refuse_tables()
        # Before the tables: a run that is killed between the two finds them its own.
        journal.note_data("tables", _identity_of(connection))
    call_command("migrate", run_syncdb=True, verbosity=0)
    return journal


def _identity_of(connection: Any) -> dict[str, Any]:
    """Which database it is, without its password."""
    settings = connection.settings_dict
    return {name.lower(): str(settings[name]) for name in ("ENGINE", "HOST", "PORT", "NAME")}


def server() -> str:
    """The database with its version."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {version}"


def drop(folder: Path) -> None:
    """Leave nothing behind: the folder is removed, and PostgreSQL's schema emptied."""
    if folder.is_dir() and os.environ.get("BENCH_DATABASE_URL"):
        prepare_kept(folder)
        # These need the settings.
        from django.db import connection  # noqa: PLC0415

        from collections_app.storage.guarding import EVERY_SCOPE, opened  # noqa: PLC0415

        with opened(EVERY_SCOPE), connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
        connection.close()
    shutil.rmtree(folder, ignore_errors=True)
