"""For whom a command acts: a person, alone or in one of their organisations."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.management.base import CommandError

from accounts.models import Organization, User
from capsule.errors import ScopeError
from capsule.identity import Identity
from capsule.scopes import Scope
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

    def whose(self, scope: Scope) -> str:
        """Whose the documents of that scope are, as a sentence goes on; nothing where they are everybody's.

        Example: ``" for ana@example.com, Personal"``
        """
        if scope == "app" or self.user is None:
            return ""
        where = f", {self.organization or 'Personal'}" if scope == "owner" else ""
        return f" for {self.user.email}{where}"

    def otherwise(self, scope: Scope) -> str:
        """The organisations that could have been meant instead of *Personal*, by their options."""
        if scope != "owner" or self.user is None or self.organization is not None:
            return ""
        theirs = self.user.organizations.order_by("slug")[:LISTED]
        options = ", ".join(f"--organization {one.slug} ({one})" for one in theirs)
        return f"Into an organisation: {options}." if options else ""


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
    if user is None:
        raise CommandError(f"Say whose organisation {slug} is meant: --as USER.")
    found = user.organizations.filter(slug=slug).first()
    if found is None:
        theirs = ", ".join(user.organizations.order_by("slug").values_list("slug", flat=True)[:LISTED])
        raise CommandError(
            f"{user.email} is not a member of an organisation called {slug}. "
            + (f"Theirs: {theirs}." if theirs else "They are in none.")
        )
    return found
