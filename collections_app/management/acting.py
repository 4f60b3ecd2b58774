"""For whom a command acts: a person, alone or in one of their organisations."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.management.base import CommandError

from accounts.models import Organization, User
from capsule.errors import ScopeError
from capsule.identity import Identity
from collections_app.handle import Collection

__all__ = ["Acting", "acting_for"]

LISTED = 20  # organisations


@dataclass(frozen=True, slots=True)
class Acting:
    """Whom ``--as`` and ``--organization`` name; nobody, where the collection is everybody's."""

    user: User | None
    organization: Organization | None

    @property
    def identity(self) -> Identity:
        organization = self.organization
        return Identity.of(user=self.user, organization=organization.pk if organization else None)


def acting_for(collection: Collection, email: str | None, slug: str | None) -> Acting:
    """For whom documents of the collection are loaded. Raises ``CommandError`` for who is not there."""
    scope = collection.declaration.scope
    if scope == "session":
        raise CommandError("Documents of a conversation are not loaded from files.")
    user = User.objects.filter(email=User.objects.normalize_email(email)).first() if email else None
    if email and user is None:
        raise CommandError(f"Nobody has the address {email}.")
    acting = Acting(user, _organization(user, slug) if slug else None)
    try:
        acting.identity.key(scope)
    except ScopeError:
        raise CommandError(f"'{collection.name}' has {scope} scope: say whose with --as USER.") from None
    return acting


def _organization(user: User | None, slug: str) -> Organization:
    found = Organization.objects.filter(memberships__user=user, slug=slug).first()
    if found is None:
        raise CommandError(
            f"{user.email if user else 'Nobody'} is not a member of an organisation called {slug}."
        )
    return found
