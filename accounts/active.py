"""Which organisation is active for a request."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from accounts.models import Membership

__all__ = ["ORGANIZATION_KEY", "activate_first", "active_membership"]

ORGANIZATION_KEY = "organization"  # the session's key for the active organisation's id


def active_membership(request: HttpRequest) -> Membership | None:
    """The membership that is active, checked anew in each request, or ``None`` for "Personal"."""
    chosen = request.session.get(ORGANIZATION_KEY)
    if not chosen or not request.user.is_authenticated:
        return None
    try:
        organization_id = UUID(chosen)
    except ValueError:
        return None
    memberships = Membership.objects.select_related("organization")
    return memberships.filter(user=request.user, organization=organization_id).first()


def activate_first(request: HttpRequest) -> None:
    """Begin in the organisation that the person joined first; "Personal" is one click away.

    Called at sign-in: whoever works for an organisation would else find an empty site.
    """
    memberships = Membership.objects.filter(user=request.user.pk).order_by("created_at", "pk")
    first = memberships.values_list("organization_id", flat=True).first()
    if first is not None:
        request.session[ORGANIZATION_KEY] = str(first)
