"""``manage.py make_people``: alice, bob, charlie and dana, for the suites that talk to a real server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Membership, Organization, Role, User
from tests.testapp.people import PASSWORD


class Command(BaseCommand):
    help = "Makes alice (admin of Acme), bob (a member), charlie (a stranger) and dana (a superuser)."

    def handle(self, *args: Any, **options: Any) -> None:
        people = {}
        for name in ("alice", "bob", "charlie"):
            people[name] = User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.title())
        User.objects.create_superuser("dana@example.com", PASSWORD, name="Dana")
        acme = Organization.objects.create(name="Acme", slug="acme")
        Membership.objects.create(organization=acme, user=people["alice"], role=Role.ADMIN)
        Membership.objects.create(organization=acme, user=people["bob"], role=Role.MEMBER)
