"""What the acting person may do in the organisation that is active."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Membership, Organization, Role
from capsule.identity import Identity
from capsule.watching import question

__all__ = ["is_organization_admin", "may_manage_owner", "organization_name", "remember_role", "role_in"]


@question
def role_in(identity: Identity) -> Role | None:
    """The person's role in the active organisation, or ``None``: not a member, or no organisation.

    At most one query. In a request none, since who binds the identity has read the membership already.

    Example: ``role_in(current_identity()) == Role.ADMIN``
    """
    if identity.user_id is None or identity.organization_id is None:
        return None
    known: dict[str, Role] = getattr(identity.user, "known_roles", {})
    if identity.organization_id in known:
        return known[identity.organization_id]
    try:
        user_id, organization_id = UUID(identity.user_id), UUID(identity.organization_id)
    except ValueError:  # an id that is no UUID names nobody
        return None
    memberships = Membership.objects.filter(user__is_active=True)
    found = memberships.filter(user=user_id, organization=organization_id)
    role = found.values_list("role", flat=True).first()
    return Role(role) if role is not None else None


def remember_role(user: object, membership: Membership) -> None:
    """Keep a membership's role on the request's own record of the person.

    Only for the length of a request: a record that lives longer would keep a role that is gone.
    """
    key = str(membership.organization_id)
    user.known_roles = {key: Role(membership.role)}  # type: ignore[attr-defined]
    user.known_organizations = {key: str(membership.organization)}  # type: ignore[attr-defined]


def organization_name(identity: Identity) -> str:
    """What the active organisation is called; empty where none is.

    At most one query. In a request none, as of the role.
    """
    if identity.organization_id is None:
        return ""
    known: dict[str, str] = getattr(identity.user, "known_organizations", {})
    if identity.organization_id in known:
        return known[identity.organization_id]
    try:
        found = Organization.objects.filter(pk=UUID(identity.organization_id)).first()
    except ValueError:  # an id that is no UUID names nobody
        return ""
    return "" if found is None else str(found)


def is_organization_admin(identity: Identity) -> bool:
    """Whether the person is an admin of the active organisation.

    Example: ``setting("logo", scope="owner", editable=is_organization_admin)``
    """
    return role_in(identity) is Role.ADMIN


def may_manage_owner(identity: Identity) -> bool:
    """Whether the person manages what the active owner shares: an organisation's admin, or oneself alone.

    Example: ``collection("prices", scope="owner", editable=may_manage_owner)``
    """
    if identity.organization_id is None:
        return identity.is_authenticated
    return is_organization_admin(identity)
