"""Inviting somebody by link, and accepting."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import administered, signed_in_person
from accounts.active import ORGANIZATION_KEY
from accounts.forms import InvitationForm
from accounts.invitations import InvitationRefused, accept, invite, problem_with, revoke, with_token
from accounts.models import Invitation, Membership, Role, User
from accounts.views.answers import FORM_METHODS, form_page
from capsule.http import allow

__all__ = ["accept_invitation", "invite_member", "revoke_invitation"]


def invite_member(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Make a link. It is shown in the answer and never again, since only its hash is kept."""
    membership = administered(request, organization_id)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return form_page(request, "accounts/invite.html", form, {"organization": membership.organization})
    role = Role(form.cleaned_data["role"])
    made = invite(membership.user, membership.organization, role, form.cleaned_data["email"])
    path = reverse("accounts:accept_invitation", args=[made.token])
    link = request.build_absolute_uri(path)
    context = {"invitation": made.invitation, "link": link}
    return render(request, "accounts/invited.html", context, status=HTTPStatus.CREATED)


def revoke_invitation(request: HttpRequest, organization_id: UUID, invitation_id: UUID) -> HttpResponse:
    membership = administered(request, organization_id)
    if refusal := allow(request, ["POST"]):
        return refusal
    try:
        revoke(membership.user, membership.organization, invitation_id)
    except Invitation.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The invitation was taken back. Its link no longer works."))
    return redirect("accounts:organization")


def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What an invitation's link opens: says who invites to what, and asks."""
    if refusal := allow(request, FORM_METHODS):
        return refusal
    invitation = with_token(token)
    if invitation is None:
        raise Http404
    if request.method == "POST":
        return _accepted(request, invitation, signed_in_person(request))
    person = request.user if isinstance(request.user, User) else None
    if person is not None and _is_member(invitation, person):
        return _entered(request, invitation)
    if problem := problem_with(invitation, person):
        return _refused(request, invitation, problem)
    context = {"invitation": invitation, "next_query": urlencode({"next": request.path})}
    return render(request, "accounts/invitation.html", context)


def _accepted(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    if _is_member(invitation, person):
        return _entered(request, invitation)
    try:
        accept(invitation, person)
    except InvitationRefused as problem:
        return _refused(request, invitation, str(problem))
    messages.success(request, _("Welcome to %(name)s.") % {"name": invitation.organization.name})
    return _entered(request, invitation)


def _is_member(invitation: Invitation, person: User) -> bool:
    return Membership.objects.filter(organization=invitation.organization, user=person).exists()


def _entered(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """To the organisation's page. Only a POST makes it the active one: a link alone switches nothing."""
    if request.method == "POST":
        request.session[ORGANIZATION_KEY] = str(invitation.organization_id)
    else:
        said = _("You are a member of %(name)s already.") % {"name": invitation.organization.name}
        messages.info(request, said)
    return redirect("accounts:organization")


def _refused(request: HttpRequest, invitation: Invitation, problem: str) -> HttpResponse:
    # 410: the link was good once. What it was for is no secret to whoever holds it.
    context = {"invitation": invitation, "problem": problem}
    return render(request, "accounts/invitation_refused.html", context, status=HTTPStatus.GONE)
