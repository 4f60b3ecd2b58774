"""``manage.py make_people``: alice, bob, charlie and dana, for the suites that talk to a real server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from capsule_testing.people import make_people


class Command(BaseCommand):
    help = "Makes alice (admin of Acme), bob (a member), charlie (a stranger) and dana (a superuser)."

    def handle(self, *args: Any, **options: Any) -> None:
        make_people()
