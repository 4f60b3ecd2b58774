"""The one door to an organisation: it checks access as it fetches."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User
from capsule.access import require
from capsule.identity import current_identity

__all__ = ["administered", "membership_in", "signed_in_person"]


def signed_in_person(request: HttpRequest) -> User:
    """The signed-in person. Raises ``ScopeError`` for a visitor, which sends them to sign in."""
    require("authenticated", current_identity())
    if not isinstance(request.user, User):
        raise TypeError("A signed-in person is a User.")
    return request.user


def membership_in(request: HttpRequest, organization_id: UUID) -> Membership:
    """The person's own membership there. Raises ``Http404`` for anybody else's organisation."""
    memberships = Membership.objects.select_related("organization")
    found = memberships.filter(user=signed_in_person(request), organization=organization_id).first()
    if found is None:
        raise Http404
    return found


def administered(request: HttpRequest, organization_id: UUID) -> Membership:
    """The person's membership as an admin. ``Http404`` for a stranger, ``PermissionDenied`` for a member."""
    membership = membership_in(request, organization_id)
    if membership.role != Role.ADMIN:
        raise PermissionDenied(_("Only an admin of the organisation can do this."))
    return membership
