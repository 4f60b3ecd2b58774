#!/usr/bin/env python
"""Django's command line for this project."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should read a sentence
    sys.exit(f"This project needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

try:
    from capsule_site import loading

    loading.begin()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import BaseCommand, ManagementUtility

    from capsule.sources import coming_from
except ImportError:
    sys.exit("Django is not installed for this Python. Run `make setup`, then .venv/bin/python manage.py.")


class Commands(ManagementUtility):
    """Django's, which looks for garbage from a command's own beginning on: what loads before it stays."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        loading.end()
        return command


def end_unread() -> NoReturn:
    """End as any program whose reader has gone, as that of ``| head`` does: nobody reads a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is written at the exit goes there
    sys.exit(128 + signal.SIGPIPE)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
    try:
        with coming_from("command"):
            try:
                Commands(sys.argv).execute()
            finally:
                if sys.stdout:  # a program may be started without
                    sys.stdout.flush()
    except BrokenPipeError:
        end_unread()
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
