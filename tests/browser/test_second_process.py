"""What a command sets beside the running server: read there within a second, with its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from urllib.request import Request, urlopen

from tests.browser.harness import with_and_without_redis
from tests.serving import ROOT, Site

ADDRESS = "/settings/test_app_int/"


def value_on(server: Site) -> int:
    request = Request(f"{server.url}{ADDRESS}", headers={"Accept": "application/json"})
    with urlopen(request, timeout=10) as response:
        return int(json.load(response)["value"])


def settings(server: Site, *words: str) -> int:
    """The exit code of a command of its own process."""
    command = [sys.executable, str(ROOT / "manage.py"), "settings", *words]
    ended = subprocess.run(
        command, env=server.environment, cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    return ended.returncode


@with_and_without_redis
def test_what_a_command_sets_is_served_within_a_second(server: Site) -> None:
    default = value_on(server)
    value_on(server)  # what the server knows without asking
    assert settings(server, "set", "test_app_int", str(default + 1)) == 0
    committed = time.monotonic()
    while value_on(server) != default + 1:
        assert time.monotonic() - committed < 1.0, "the server still says what was before"
    assert settings(server, "set", "test_app_int", "many") == 1
    assert settings(server, "set", "test_app_int") == 2
    assert settings(server, "reset", "test_app_int") == 0
    reset = time.monotonic()
    while value_on(server) != default:
        assert time.monotonic() - reset < 1.0, "the server still says what was set"
