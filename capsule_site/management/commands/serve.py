"""``manage.py serve``: from a fresh clone to a served site, each step only when it is needed."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from accounts.views.sign_in import demo_people
from capsule_site.listening import BACKLOG, CannotListen, daphne_options, listening_socket, port_from
from capsule_site.preparing import prepare
from capsule_site.sole import PlaceTaken, try_place


class Command(BaseCommand):
    help = "Prepares the database, the demo and the static files where needed, then serves on HOST and PORT."
    requires_system_checks: list[str] = []  # asked below: they depend on the address

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prepare-only", action="store_true", help="Prepare, and do not serve.")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # whatever is written to the folder is its owner's alone
        prepare_only = options["prepare_only"]
        try:
            bound = None if prepare_only else listening_socket(settings.HOST, port_from(_port()))
            self._check()
            prepare(self._say)
            if bound is not None:
                try_place()  # held by asgi.py, in the process that Daphne becomes
                bound.listen(BACKLOG)  # from here on whoever comes waits for Daphne, and is not refused
                self._announce(bound)
        except (CannotListen, PlaceTaken) as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}") from None
        if bound is not None:
            connections.close_all()
            self._serve(bound)

    def _check(self) -> None:
        """Where others can come, the start refuses what ``check --deploy`` warns of."""
        fail_level = checks.ERROR if settings.CAPSULE_LOCAL else checks.WARNING
        self.check(include_deployment_checks=not settings.CAPSULE_LOCAL, fail_level=fail_level)

    def _announce(self, bound: socket.socket) -> None:
        names = list(demo_people().values_list("name", flat=True))
        if not settings.CAPSULE_LOCAL:
            self._warn_of_what_is_missing()
        port = bound.getsockname()[1]
        site = f"http://{_name_for_people()}:{port}"
        if names:
            self._say(f"Sign in as {', '.join(names)}, one button each, at {site}/sign-in/")
        # From here on Ctrl-C waits until run_daphne asks for it: a Python that is only just starting would
        # answer with a traceback. The mask outlives exec, and a signal that is held back is not lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._say(f"Serving on {site} (stop with Ctrl-C)")

    def _warn_of_what_is_missing(self) -> None:
        if settings.CAPSULE_DEMO or get_user_model()._default_manager.filter(is_demo=True).exists():
            self._say("Others can reach this address, so the demo's accounts are refused here.")
        if not settings.CAPSULE_TLS:
            self._say("There is no TLS (CAPSULE_TLS=0): passwords and pages travel in the clear.")
        elif not settings.CAPSULE_BEHIND_PROXY:
            self._say(
                "Every request is sent to https, which this server does not speak itself: put a proxy that "
                "ends TLS before it and set CAPSULE_BEHIND_PROXY=1, or say CAPSULE_TLS=0 on a network that "
                "you trust (docs/deployment.md)."
            )
        self._say(f"Only these names are answered (ALLOWED_HOSTS): {', '.join(settings.ALLOWED_HOSTS)}")

    def _serve(self, bound: socket.socket) -> None:
        """Become Daphne, which takes over the socket."""
        command = [sys.executable, "-m", "capsule_site.run_daphne", *daphne_options()]
        port = str(bound.getsockname()[1])
        if bound.family == socket.AF_INET:
            bound.setblocking(False)
            bound.set_inheritable(True)
            command += ["--fd", str(bound.fileno())]
        else:  # Daphne adopts sockets of IPv4 only
            host = bound.getsockname()[0]
            bound.close()
            command += ["-b", host, "-p", port]
        os.environ["CAPSULE_SERVING"] = "1"
        os.environ["PORT"] = port  # where none was named, the system has chosen it
        os.chdir(settings.BASE_DIR)
        sys.stdout.flush()
        os.execv(sys.executable, [*command, "capsule_site.asgi:application"])

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _port() -> str:
    return os.environ.get("PORT", "").strip() or "8000"


def _name_for_people() -> str:
    if settings.HOST in ("0.0.0.0", "::", "[::]"):
        return next((host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*"))), "localhost")
    return f"[{settings.HOST}]" if ":" in settings.HOST and "[" not in settings.HOST else settings.HOST
