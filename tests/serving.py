"""The real server as a process of its own: see ``capsule_testing.serving``. Scripts use it, too."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

import django
from django.apps import apps

# What a test is written with loads models, and outside of pytest nobody has set Django up.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not apps.ready:
    django.setup()

from capsule_testing.live import QUIET  # noqa: E402
from capsule_testing.serving import ROOT, Site, environment_of, hear_ctrl_c  # noqa: E402

__all__ = ["QUIET", "ROOT", "Site", "environment_of", "hear_ctrl_c", "prepared"]

ITS_OWN = ("CAPSULE_VAR", "PORT")  # of a site's environment: all else decides what is in its folder


def prepared(site: Site, shared: Path, *commands: tuple[str, ...]) -> Site:
    """The site, which is not started yet, with what ``commands`` of ``manage.py`` make on a new one.

    It takes five seconds of a processor. So the first process of a run that asks does it, into ``shared``,
    and the others copy that: each has data of its own. For SQLite, whose database is in the folder.
    """
    given = {name: value for name, value in site.environment.items() if name not in ITS_OWN}
    digest = sha256(repr((sorted(given.items()), commands)).encode()).hexdigest()[:16]
    with _alone(shared / f"{digest}.lock"):
        kept = shared / digest
        if not kept.exists():
            new = Site(shared / f"{digest}.new")
            new.environment = {**given, "CAPSULE_VAR": str(new.folder)}
            for command in (("serve", "--prepare-only"), *commands):
                new.manage(*command)
            new.folder.rename(kept)
    shutil.copytree(kept, site.folder)
    return site


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        flock(file, LOCK_EX)  # let go when the file is closed, or its process ends
        yield
