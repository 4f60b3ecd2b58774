"""Invitations: a link that lets one person into one organisation, once, for 72 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, Membership, Organization, Role, User
from accounts.organizations import locked
from accounts.versions import access_changed
from capsule.errors import CapsuleError
from live.changes import changes

__all__ = [
    "INVITATION_LIFETIME",
    "Invited",
    "InvitationRefused",
    "accept",
    "invite",
    "open_invitations",
    "problem_with",
    "revoke",
    "with_token",
]

INVITATION_LIFETIME = timedelta(hours=72)
TOKEN_BYTES = 32  # 256 bits: not to be guessed, so a plain hash is enough to keep it


class InvitationRefused(CapsuleError):
    """An invitation that cannot be accepted; its text is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with its token, which is known now and never again."""

    invitation: Invitation
    token: str


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def invite(inviter: User, organization: Organization, role: Role, email: str = "") -> Invited:
    """Make an invitation.

    Raises ``PermissionDenied`` for whoever is no admin, or would grant more than their own role.
    """
    with changes():
        locked(organization)
        _require_grant(inviter, organization, role)
        token = token_urlsafe(TOKEN_BYTES)
        invitation = Invitation.objects.create(
            token_hash=_hash(token),
            organization=organization,
            role=role,
            email=User.objects.normalize_email(email),
            invited_by=inviter,
            expires_at=timezone.now() + INVITATION_LIFETIME,
        )
    return Invited(invitation, token)


def _may_grant(inviter_id: UUID, organization: Organization, role: str) -> bool:
    # As things stand now, not as they stood when the invitation was made.
    memberships = Membership.objects.filter(organization=organization, user=inviter_id, user__is_active=True)
    held = memberships.values_list("role", flat=True).first()
    return held == Role.ADMIN and Role(role).rank <= Role(held).rank


def _require_grant(inviter: User, organization: Organization, role: Role) -> None:
    if not _may_grant(inviter.pk, organization, role):
        raise PermissionDenied(_("Only an admin of the organisation can do this."))


def open_invitations(organization: Organization) -> QuerySet[Invitation]:
    """Those not yet used, newest first; ``inviter_may`` says whether the inviter still is an admin."""
    admins = Membership.objects.filter(role=Role.ADMIN, user__is_active=True)
    inviting = admins.filter(organization=OuterRef("organization"), user=OuterRef("invited_by"))
    unused = Invitation.objects.filter(organization=organization, used_at=None)
    return unused.select_related("invited_by").annotate(inviter_may=Exists(inviting)).order_by("-created_at")


def revoke(actor: User, organization: Organization, invitation_id: UUID) -> None:
    """Take an unused invitation back. Raises ``PermissionDenied``, ``Invitation.DoesNotExist``."""
    with changes():
        locked(organization)
        _require_grant(actor, organization, Role.MEMBER)
        unused = Invitation.objects.filter(organization=organization, pk=invitation_id, used_at=None)
        deleted, _by_model = unused.delete()
        if not deleted:
            raise Invitation.DoesNotExist


def with_token(token: str) -> Invitation | None:
    """The invitation of a link, whatever its state, or ``None`` for a link that never was."""
    found = Invitation.objects.select_related("organization", "invited_by")
    return found.filter(token_hash=_hash(token)).first()


def problem_with(invitation: Invitation, user: User | None) -> str | None:
    """Why ``user`` cannot accept, as a sentence, or ``None``.

    For a visitor (``None``) the e-mail address is left out: it is known once they have signed in.
    """
    if invitation.used_at is not None:
        return _("This invitation has been used. Each link works once.")
    if not invitation.is_open:
        return _("This invitation has expired. A link works for 72 hours.")
    if not _may_grant(invitation.invited_by_id, invitation.organization, invitation.role):
        return _("This invitation is no longer valid: who sent it is no longer an admin.")
    if user is not None and invitation.email and invitation.email != user.email:
        return _("This invitation is for another e-mail address. Sign in with that one to accept it.")
    return None


def accept(invitation: Invitation, user: User) -> Membership:
    """Use an invitation up: the person becomes a member, or ``InvitationRefused`` says why not.

    Of any number of simultaneous attempts one succeeds.
    """
    with changes() as change:
        organization = locked(invitation.organization)
        if Membership.objects.filter(organization=organization, user=user).exists():
            raise InvitationRefused(_("You are a member already."))
        invitation.refresh_from_db()
        if problem := problem_with(invitation, user):
            raise InvitationRefused(problem)
        now = timezone.now()
        unused = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now)
        if unused.update(used_at=now, used_by=user) != 1:
            raise InvitationRefused(_("This invitation has been used. Each link works once."))
        membership = Membership.objects.create(organization=organization, user=user, role=invitation.role)
        access_changed(change, [user.pk])
    return membership
