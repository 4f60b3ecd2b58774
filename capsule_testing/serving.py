"""The real server as a process of its own: what the browser's and the serving suites talk to.

Its data lives in a folder of its own and is reached over HTTP or through ``manage.py``, as a person would.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

__all__ = ["ROOT", "Site", "environment_of", "hear_ctrl_c"]

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "CAPSULE_ALONE")
START_LIMIT = 60  # seconds: two cores may be busy with other suites


def environment_of(folder: Path, **given: str) -> dict[str, str]:
    """An environment in which only ``given`` is configured, whatever the suite itself runs under.

    Only whether your applications are there is as in this process.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "CAPSULE_VAR": str(folder), "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "always", **given}


def hear_ctrl_c() -> None:
    """Let a new process be stopped: what a shell runs in the background ignores Ctrl-C and hands it on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Site:
    """``manage.py serve`` on a free port, with its own folder.

    Example::

        with Site(tmp_path, CAPSULE_DEMO="0") as site:
            urlopen(f"{site.url}/health")
    """

    command: tuple[str, ...] = ("manage.py", "serve")  # as typed within root

    def __init__(self, folder: Path, *, log: str = "site", **given: str) -> None:
        self.folder = folder
        self.environment = environment_of(folder, **{"PORT": "0", **given})
        self.log = folder.with_name(f"{log}.log")  # beside the folder, which is the site's own
        self.root = ROOT  # of the project whose manage.py it is: this one, or a copy of it
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                preexec_fn=hear_ctrl_c,
            )
        self.url = self._wait_for_address(self.process)
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    def beside(self, log: str = "second") -> Site:
        """Another server on the same data, as a second process of the same site. It is not started yet."""
        other = Site(self.folder, log=f"{self.log.stem}-{log}")
        other.environment = dict(self.environment)
        return other

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def output(self) -> str:
        """All that the server has said."""
        return self.log.read_text()

    def stop(self) -> int:
        """Press Ctrl-C and give the exit status."""
        if self.process is None:
            raise RuntimeError("The site has not been started.")
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints, beside the running server."""
        finished = subprocess.run(
            [sys.executable, str(self.root / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            cwd=self.root,
            timeout=120,
            check=False,
        )
        if finished.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{finished.stdout}{finished.stderr}")
        return finished.stdout

    def _wait_for_address(self, process: subprocess.Popen[bytes]) -> str:
        # The socket listens before this line is printed, so whoever connects then is answered.
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            found = re.search(r"^Serving on (\S+)", self.output, re.MULTILINE)
            if found:
                return found[1]
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        process.kill()
        process.wait()
        raise RuntimeError(f"The site did not start:\n{self.output}")
