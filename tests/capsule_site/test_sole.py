"""Two servers on one database: fine, unless one has a channel layer that the other would never hear."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.databases import DATABASES, database_for
from tests.serving import ROOT, Site

pytestmark = pytest.mark.slow

IN_MEMORY = "tests.capsule_site.in_memory_settings"


# Whose place it is, is written in the database: what else is told by Redis makes no difference.
@pytest.fixture(scope="module", params=DATABASES[:1])
def given(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What names a database of these tests' own."""
    with database_for(request.param) as environment:
        yield {"CAPSULE_DEMO": "0", **environment}


@pytest.fixture(scope="module")
def folder(given: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sole") / "var"


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site once it answers: its address is printed a moment before, by the process that becomes it."""
    with site, urlopen(f"{site.url}/health", timeout=60):
        yield site


def in_memory(site: Site) -> Site:
    site.environment["DJANGO_SETTINGS_MODULE"] = IN_MEMORY
    return site


def refusal(site: Site) -> str:
    """What a server says that must not start."""
    with pytest.raises(RuntimeError, match="did not start"), site:
        pass
    return site.output.strip()


def test_two_servers_are_fine(folder: Path, given: dict[str, str]) -> None:
    with serving(Site(folder, **given)) as first, serving(first.beside()) as second:
        assert first.port != second.port


@pytest.mark.thorough
def test_beside_a_layer_in_memory_no_other_server_starts(folder: Path, given: dict[str, str]) -> None:
    with serving(in_memory(Site(folder, **given))) as first:
        said = refusal(Site(folder, log="other", **given))
        assert said.startswith("CommandError: Another server serves this database already, and it keeps")
        assert "Set REDIS_URL" in said
        assert "Traceback (most" not in said
        assert refusal(first.beside("third"))
    # The place went with its server.
    with serving(Site(folder, log="after", **given)) as after:
        assert after.url


@pytest.mark.thorough
def test_a_layer_in_memory_does_not_start_beside_others(folder: Path, given: dict[str, str]) -> None:
    with serving(Site(folder, **given)) as first:
        assert "this one keeps its channel layer" in refusal(in_memory(first.beside()))


@pytest.mark.thorough
def test_a_server_that_was_killed_leaves_no_lock(folder: Path, given: dict[str, str]) -> None:
    with serving(in_memory(Site(folder, **given))) as first:
        assert first.process is not None
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(15)
        with serving(in_memory(first.beside())) as second:
            assert second.url


@pytest.mark.thorough
def test_a_server_that_is_not_ours_holds_a_place_too(folder: Path, given: dict[str, str]) -> None:
    with serving(in_memory(Site(folder, **given))) as first:
        finished = subprocess.run(
            [sys.executable, "-c", "import capsule_site.asgi"],
            env={**first.environment, "DJANGO_SETTINGS_MODULE": "capsule_site.settings"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == 1
        assert "PlaceTaken: Another server serves" in finished.stderr


@pytest.mark.thorough
def test_the_file_is_its_owners_alone(folder: Path, given: dict[str, str]) -> None:
    with serving(Site(folder, **given)):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
