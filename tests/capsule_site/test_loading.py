"""What a start loads, each asked in a process of its own: this one has loaded everything long ago."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT, Site, environment_of

SETTINGS = "import django.conf; django.conf.settings.configure(DATABASES={'default': {'ENGINE': %r}})"
COLUMN = "library.column_for_field(JSONField(name='data'))"


def said_by(folder: Path, *lines: str) -> list[str]:
    """What a program printed that was run as the server is, on a folder of its own, with SQLite."""
    environment = environment_of(folder, CAPSULE_DEMO="0", DJANGO_SETTINGS_MODULE="capsule_site.settings")
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(lines)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


def test_a_start_on_sqlite_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    asked = "print([name for name in ('markdown_it', 'psycopg', 'pydantic') if name in sys.modules])"
    assert said_by(tmp_path, "import sys, capsule_site.asgi", asked) == ["[]"]


def test_a_command_does_not_load_the_server(tmp_path: Path) -> None:
    asked = "print([name for name in ('daphne.server', 'twisted', 'autobahn') if name in sys.modules])"
    assert said_by(tmp_path, "import sys, django", "django.setup()", asked) == ["[]"]


def test_what_was_not_loaded_can_be_loaded_later(tmp_path: Path) -> None:
    lines = ("import capsule_site.asgi", "from django.contrib.postgres.fields import HStoreField")
    assert said_by(tmp_path, *lines, "print(HStoreField.__name__)") == ["HStoreField"]


@pytest.mark.parametrize(("engine", "loaded"), [("sqlite3", "False"), ("postgresql", "True")])
def test_a_json_field_has_its_column_on_both_databases(tmp_path: Path, engine: str, loaded: str) -> None:
    said = said_by(
        tmp_path,
        SETTINGS % f"django.db.backends.{engine}",
        "import sys, collections_app.tables2",
        "print('psycopg' in sys.modules)",
        "from django.db.models import JSONField",
        "from django_tables2.columns import library",
        f"print(type({COLUMN}).__name__)",
    )
    assert said == [loaded, "JSONColumn"]


def test_no_garbage_is_collected_while_the_server_loads(tmp_path: Path) -> None:
    said = said_by(
        tmp_path,
        "import gc, capsule_site.run_daphne",
        "print(gc.isenabled())",
        "before = gc.get_stats()",
        "import capsule_site.asgi",
        "print(gc.isenabled(), gc.get_freeze_count() > 50_000)",
        "print(gc.get_stats()[2] == before[2])",
    )
    assert said == ["False", "True True", "True"]


def test_no_garbage_is_collected_until_a_command_begins(tmp_path: Path) -> None:
    """What it then makes itself is collected as ever: a load of a million documents makes much."""
    asked = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 50_000)"
    site = Site(tmp_path, CAPSULE_DEMO="0")
    assert site.manage("shell", "--no-imports", "-v", "0", "-c", asked) == "True True\n"
