"""``manage.py`` itself, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT, environment_of


@pytest.mark.parametrize("command", [["version"], ["help"], ["check", "--tag", "nothing"]])
def test_a_command_whose_reader_has_gone_ends_without_a_word(tmp_path: Path, command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        finished = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *command],
            cwd=ROOT,
            env=environment_of(tmp_path, CAPSULE_DEMO="0"),
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    if command[0] == "check":  # what is wrong is still said
        assert "There is no system check with the" in finished.stderr
    else:
        assert (finished.returncode, finished.stderr) == (128 + signal.SIGPIPE, "")
