"""``python -m benchmarks.stock.prepare``: tables, rows and a signed-in person; prints their session's key."""

from __future__ import annotations

import os

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.stock.settings"

ENTRIES = 2000


def main() -> None:
    django.setup()
    # These need the settings.
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from benchmarks.stock.models import Entry  # noqa: PLC0415

    call_command("migrate", run_syncdb=True, verbosity=0)
    entries = [
        Entry(title=f"Package {n}", section=f"section {n % 40}", size=n * 7919 % 10_007)
        for n in range(ENTRIES)
    ]
    Entry._default_manager.bulk_create(entries, batch_size=500)
    client = Client()
    client.force_login(get_user_model()._default_manager.create(**{"username": "bench"}))
    print(client.session.session_key)


if __name__ == "__main__":
    main()
