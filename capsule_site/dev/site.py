"""The site as ``make dev`` serves it: one process from the first import to the last answer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

import django
from daphne.server import reactor
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import connection, connections
from twisted.internet.tcp import Port

from capsule_site import run_daphne
from capsule_site.dev.following import following
from capsule_site.dev.problems import DoesNotHold
from capsule_site.dev.state import State
from capsule_site.listening import daphne_options
from capsule_site.preparing import prepare_database, prepare_demo
from collections_app.checks import check_renamed, check_unfit

__all__ = ["serve"]

LAST_LOOK: Final = 0.25  # seconds in which a request begins whose connection was accepted before


class Reporting(Protocol):
    def __call__(self, **said: Any) -> None: ...


def serve(lines: TextIO, first: str, listening: int, report: Reporting) -> None:
    """Set up, check, bring the tables in step, and serve on the socket of that descriptor.

    Raises ``DoesNotHold`` where a check finds an error, and whatever an application raises while it loads.
    """
    os.umask(0o077)  # whatever is written to the site's folder is its owner's alone
    following.state = State.named(first)
    django.setup(set_prefix=False)
    _check()
    with _at_leisure():
        prepare_database(_say)
        prepare_demo(_say)
        _say_what_was_changed()
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)  # nothing is collected, and WhiteNoise misses it
    people = get_user_model()._default_manager.filter(is_demo=True).values_list("name", flat=True)
    names = list(people) if settings.CAPSULE_DEMO else []
    connections.close_all()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    reactor.callWhenRunning(lambda: report(ready=names))
    arguments = [*daphne_options(), "--fd", str(listening), "capsule_site.dev.asgi:application"]
    run_daphne.serve(arguments)


def _listen(lines: TextIO) -> None:
    """Hear of what changes, until the supervisor lets go: then end."""
    for line in lines:
        following.now(State.named(line.strip()))
    reactor.callFromThread(_end)


def _end() -> None:
    """Accept nobody any more: the next site will. Who is here already is answered first."""
    ports: list[Any] = [reader for reader in reactor.getReaders() if isinstance(reader, Port)]
    for port in ports:
        port.stopListening()
    reactor.callLater(LAST_LOOK, _end_when_idle)


def _end_when_idle() -> None:
    if following.is_answering:
        reactor.callLater(LAST_LOOK, _end_when_idle)
    else:
        reactor.stop()


def _check() -> None:
    found = [message for message in checks.run_checks() if not message.is_silenced()]
    serious = [message for message in found if message.is_serious()]
    if serious:
        raise DoesNotHold(serious)
    if following.state.build == 0:  # once is enough
        for message in found:
            _say(str(message))


def _say_what_was_changed() -> None:
    """Each time, for that is what somebody has just done; ``migrate`` and ``check`` say it otherwise."""
    databases = [connection.alias]
    for message in [*check_renamed(databases=databases), *check_unfit(databases=databases)]:
        if not message.is_silenced():
            _say(str(message))


@contextmanager
def _at_leisure() -> Iterator[None]:
    """To bring tables in step may take its time, as it may in ``manage.py migrate``."""
    seconds, options = settings.CAPSULE_STATEMENT_SECONDS, connection.settings_dict["OPTIONS"]
    limits = options.pop("options", None) if connection.vendor == "postgresql" else None
    settings.CAPSULE_STATEMENT_SECONDS = 0.0
    try:
        yield
    finally:
        settings.CAPSULE_STATEMENT_SECONDS = seconds
        if limits is not None:
            options["options"] = limits
        connections.close_all()


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
