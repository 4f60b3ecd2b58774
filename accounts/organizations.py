"""Founding organisations, and who is in them.

Each change locks the organisation first. Two changes to one organisation therefore happen one after the
other, and what each decides on (is the actor still an admin, is another one left) still holds as it writes.
"""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.founding import move_all
from accounts.models import Membership, Organization, Role, User
from accounts.versions import access_changed
from capsule.errors import CapsuleError
from capsule.scopes import organization_key, user_key
from live.changes import Changes, changes

__all__ = [
    "LastAdmin",
    "change_role",
    "found",
    "is_last_admin",
    "leave",
    "locked",
    "members_of",
    "remove_member",
]

SLUG_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is easily taken for another


class LastAdmin(CapsuleError):
    """The last admin cannot leave, be removed or become a member: nobody could let anybody in again."""

    def __init__(self) -> None:
        super().__init__(_("An organisation needs an admin. Make somebody else an admin first."))


def found(founder: User, name: str, *, bring: bool = False) -> Organization:
    """A new organisation with its founder as admin.

    With ``bring``, all that the founder keeps in personal owner scope comes along; without, nothing moves.
    """
    with changes() as change:
        organization = _create(name)
        Membership.objects.create(organization=organization, user=founder, role=Role.ADMIN)
        if bring:
            move_all(user_key(str(founder.pk)), organization_key(str(organization.pk)))
        access_changed(change, [founder.pk])
    return organization


def _create(name: str) -> Organization:
    stem = slugify(name)[:50].strip("-") or "organisation"
    slug = stem
    while True:
        try:
            with transaction.atomic():
                return Organization.objects.create(name=name, slug=slug)
        except IntegrityError:  # the short name is taken
            slug = f"{stem}-{get_random_string(6, SLUG_LETTERS)}"


def members_of(organization: Organization) -> QuerySet[Membership]:
    """Its memberships, admins first, then by name."""
    memberships = Membership.objects.filter(organization=organization).select_related("user")
    return memberships.order_by("role", "user__name", "user__email")  # "admin" sorts before "member"


def locked(organization: Organization) -> Organization:
    """The organisation, locked until the transaction ends."""
    return Organization.objects.select_for_update().get(pk=organization.pk)


def is_last_admin(membership: Membership) -> bool:
    """Whether no other active person could administer the organisation."""
    if membership.role != Role.ADMIN:
        return False
    admins = Membership.objects.filter(role=Role.ADMIN, user__is_active=True)
    return not admins.filter(organization=membership.organization_id).exclude(pk=membership.pk).exists()


def change_role(actor: User, organization: Organization, user_id: UUID, role: Role) -> Membership:
    """Give a member another role. Raises ``LastAdmin``, ``PermissionDenied``, ``Membership.DoesNotExist``."""
    with changes() as change:
        membership = _managed(actor, organization, user_id)
        if membership.role != role:
            if is_last_admin(membership):
                raise LastAdmin
            membership.role = role
            membership.save(update_fields=["role"])
            access_changed(change, [membership.user_id])
    return membership


def remove_member(actor: User, organization: Organization, user_id: UUID) -> Membership:
    """End somebody's membership. Raises as ``change_role`` does."""
    with changes() as change:
        membership = _managed(actor, organization, user_id)
        _end(membership, change)
    return membership


def leave(user: User, organization: Organization) -> None:
    """End one's own membership. Raises ``LastAdmin``, ``Membership.DoesNotExist``."""
    with changes() as change:
        locked(organization)
        _end(Membership.objects.get(organization=organization, user=user), change)


def _managed(actor: User, organization: Organization, user_id: UUID) -> Membership:
    locked(organization)
    # Asked again under the lock: the actor may have been demoted since the page was opened.
    if not Membership.objects.filter(organization=organization, user=actor, role=Role.ADMIN).exists():
        raise PermissionDenied(_("Only an admin of the organisation can do this."))
    return Membership.objects.select_related("user").get(organization=organization, user=user_id)


def _end(membership: Membership, change: Changes) -> None:
    if is_last_admin(membership):
        raise LastAdmin
    Membership.objects.filter(pk=membership.pk).delete()
    access_changed(change, [membership.user_id])
