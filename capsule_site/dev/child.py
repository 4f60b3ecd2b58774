"""``python -m capsule_site.dev.child``: the next site. It loads what nobody edits, waits, and then serves.

It is told what there is to see by lines on one pipe, the first of which lets it start, and reports by lines
of JSON on another. When the first pipe ends, so does the child: nobody is left behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TextIO

from capsule_site import loading
from capsule_site.dev.problems import problem_of

__all__ = ["Report", "main"]

# Large, and of others; and the words to declare with, which load no settings and no model.
AT_LEISURE: Final = (
    "daphne.server",  # first: importing it makes Twisted run on asyncio
    "channels.routing",
    "django.contrib.admin",
    "django.core.management.commands.migrate",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.forms",
    "django.views.debug",
    "django_htmx.middleware",
    "whitenoise.middleware",
    "csp.middleware",
    "argon2",
    "babel.numbers",
    "cryptography.fernet",
    "httpx",
    "markdown_it",
    "nh3",
    "pydantic",
    "re2",
    "xlsxwriter",
)
SETTINGS: Final = "capsule_site.settings"
OURS: Final = ("collections_app", "conversations", "handlers", "pages", "settings_app")


class Report:
    """What the supervisor is told, each time with what has been loaded by then."""

    def __init__(self, pipe: TextIO) -> None:
        self._pipe = pipe

    def __call__(self, **said: Any) -> None:
        with suppress(OSError):  # it has gone, and so shall we
            self._pipe.write(json.dumps({**said, "loaded": loaded()}) + "\n")
            self._pipe.flush()


def warm_up() -> None:
    """Load all that can be loaded early. What fails now fails again at the start, where it is told."""
    named = os.environ.pop("DJANGO_SETTINGS_MODULE", SETTINGS)  # nobody may read them yet: they may be edited
    for name in (*AT_LEISURE, *OURS):
        with suppress(Exception):
            import_module(name)
    os.environ["DJANGO_SETTINGS_MODULE"] = named


def loaded() -> list[str]:
    """The project's own files that have been loaded."""
    here = str(Path.cwd())
    files = [str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())]
    return [file for file in files if file.startswith(here)]


def main(told: int, telling: int, listening: int) -> None:
    """Warm up, wait, serve. The three are descriptors: of both pipes, and of the socket."""
    loading.begin()
    report = Report(os.fdopen(telling, "w"))
    lines = os.fdopen(told)
    warm_up()
    report(waits=True)
    first = lines.readline().strip()
    if not first:
        return
    os.environ["CAPSULE_DEV"] = os.environ["CAPSULE_SERVING"] = "1"
    try:
        site = import_module("capsule_site.dev.site")  # only now: it may have been edited meanwhile
        site.serve(lines, first, listening, report)
    except BaseException as error:  # sys.exit() in somebody's module too
        if isinstance(error, SystemExit) and not error.code:
            return
        problem = problem_of(error)
        report(problem={"title": problem.title, "text": problem.text, "html": problem.html})
        sys.exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the supervisor, and by it all others
    main(*map(int, sys.argv[1:]))
