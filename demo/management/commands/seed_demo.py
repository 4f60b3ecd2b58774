from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.seed import seed


class Command(BaseCommand):
    help = "Fills an empty site with the demo: four people, a support desk of 2,000 threads, 2,000 packages."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CAPSULE_LOCAL:
            raise CommandError(
                "The demo's accounts are open to whoever reaches the site, so they are made on the machine's "
                "own address only. Take other names out of HOST and ALLOWED_HOSTS, or run `make admin`."
            )
        seed(self.stdout.write if options["verbosity"] else lambda sentence: None)
