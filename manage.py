#!/usr/bin/env python
"""Django's command line for this project."""

from __future__ import annotations

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should read a sentence
    sys.exit(f"This project needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from capsule.sources import coming_from
except ImportError:
    sys.exit("Django is not installed for this Python. Run `make setup`, then .venv/bin/python manage.py.")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
    try:
        with coming_from("command"):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
