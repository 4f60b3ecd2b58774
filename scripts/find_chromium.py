"""Prints the Chromium that the browser suite drives; with ``--install`` gets one where there is none.

An installed one is found first (``CHROMIUM`` names one); else Debian's by apt where that is possible; else
Playwright's own, which downloads about 170 MB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first has no window to draw, and needs a third less of the processor for the same tests.
PACKAGES = ["chromium-headless-shell", "chromium"]  # of Debian
NAMES = [*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
PLACES = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]


def found() -> str | None:
    """The path of a Chromium that is here, or ``None``."""
    named = os.environ.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if path is None:
            sys.exit(f"CHROMIUM={named} is not a program.")
        return path
    for candidate in [*NAMES, *PLACES]:
        path = shutil.which(candidate)
        if path is not None:
            return path
    own = _of_playwright()
    return str(own) if own is not None and own.exists() else None


def _of_playwright() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def install() -> None:
    """Get one, saying how."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and _works([*root, "true"]):
        say("There is no Chromium for the browser suite: installing Debian's with apt-get ...")
        if not _installed(root):
            say("Its package list may be old: updating it, then once more ...")
            _works([*root, "apt-get", "update"], show=True)
            _installed(root)
        if found() is not None:
            return
    say("There is no Chromium for the browser suite: downloading Playwright's own (about 170 MB) ...")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    subprocess.run(command, stdout=sys.stderr, check=False)


def _installed(root: list[str]) -> bool:
    install = [*root, "apt-get", "install", "-y", "--no-install-recommends"]
    return any(_works([*install, package], show=True) for package in PACKAGES)


def _works(command: list[str], show: bool = False) -> bool:
    output = sys.stderr if show else subprocess.DEVNULL
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        finished = subprocess.run(command, stdout=output, stderr=output, env=environment, check=False)
    except FileNotFoundError:
        return False
    return finished.returncode == 0


def say(sentence: str) -> None:
    # The standard output is the answer alone.
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    if found() is None and "--install" in sys.argv:
        install()
    path = found()
    if path is None:
        sys.exit("There is no Chromium for the browser suite. Install one, or say CHROMIUM=/path/to/one.")
    print(path)


if __name__ == "__main__":
    main()
