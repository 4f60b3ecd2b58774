"""Who else sees it: two people of the demo, and what each of them finds on the same page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from accounts.models import Membership, User
from capsule import Identity, current_identity
from capsule.widgets import Widget

__all__ = ["Witness", "witnesses"]

ASKED = ["bob", "charlie", "alice"]  # whoever looks is left out of them


@dataclass(frozen=True)
class Witness(Widget):
    """What to do to see the page as ``person``, and what one will see there."""

    kind: ClassVar[str] = "witness"
    styles: ClassVar[tuple[str, ...]] = ("demo/demo.css",)
    scripts: ClassVar[tuple[str, ...]] = ("demo/copy.js",)

    person: str
    shares: bool

    @property
    def name(self) -> str:
        return self.key or self.person

    def render(self, request: HttpRequest) -> SafeString:
        way = f"{reverse('accounts:sign_in')}?{urlencode({'next': reverse('pages:start')})}"
        context = {"widget": self, "address": request.build_absolute_uri(way)}
        return render_to_string("demo/_witness.html", context)


def witnesses() -> list[Witness]:
    """One who shares the desk of whoever looks and one who does not, as far as there are such."""
    identity = current_identity()
    people = list(User.objects.filter(is_demo=True, email__in=[f"{name}@example.com" for name in ASKED]))
    people.sort(key=lambda person: ASKED.index(person.email.partition("@")[0]))
    colleagues = _colleagues(identity)
    found = [
        Witness(person.name, person.pk in colleagues)
        for person in people
        if str(person.pk) != identity.user_id
    ]
    return sorted(found[:2], key=lambda witness: not witness.shares)


def _colleagues(identity: Identity) -> set[object]:
    """The ids of the people in the organisation that is active."""
    if identity.organization_id is None:
        return set()
    members = Membership.objects.filter(organization_id=identity.organization_id)
    return set(members.values_list("user_id", flat=True))
