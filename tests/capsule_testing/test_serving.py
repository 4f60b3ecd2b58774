"""A site as a process of its own, whatever the tests themselves were started by."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_testing.serving import Site

WAITS = "import time; print('Serving on http://127.0.0.1', flush=True); time.sleep(60)"


@pytest.fixture
def ctrl_c_is_ignored() -> Iterator[None]:
    """As in what a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


class Waiting(Site):
    command = ("-c", WAITS)


def test_a_site_is_stopped_where_ctrl_c_is_ignored(ctrl_c_is_ignored: None, tmp_path: Path) -> None:
    with Waiting(tmp_path / "var") as site:
        assert site.stop() == -signal.SIGINT
