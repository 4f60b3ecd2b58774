"""An organisation: founding one, switching to one, and who is in it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import administered, membership_in, signed_in_person
from accounts.active import ORGANIZATION_KEY, active_membership
from accounts.forms import FoundForm, RoleForm
from accounts.founding import offers_for
from accounts.invitations import open_invitations
from accounts.models import Membership, Role, User
from accounts.organizations import (
    LastAdmin,
    change_role,
    found,
    is_last_admin,
    leave,
    members_of,
    remove_member,
)
from accounts.views.answers import FORM_METHODS, form_page, onwards
from capsule.errors import BadInput
from capsule.http import allow
from capsule.scopes import user_key

__all__ = [
    "found_organization",
    "leave_organization",
    "organization",
    "remove",
    "set_role",
    "switch_organization",
]


def organization(request: HttpRequest) -> HttpResponse:
    """The active organisation's people; in "Personal", what an organisation is good for."""
    person = signed_in_person(request)
    if refusal := allow(request, ["GET", "HEAD"]):
        return refusal
    membership = active_membership(request)
    if membership is None:
        return render(request, "accounts/personal.html")
    is_admin = membership.role == Role.ADMIN
    context = {
        "organization": membership.organization,
        "membership": membership,
        "members": members_of(membership.organization),
        "is_admin": is_admin,
        "invitations": open_invitations(membership.organization) if is_admin else [],
        "roles": Role.choices,
        "person": person,
    }
    return render(request, "accounts/organization.html", context)


def found_organization(request: HttpRequest) -> HttpResponse:
    person = signed_in_person(request)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    form = FoundForm(request.POST if request.method == "POST" else None, bring_label=_bring_label(person))
    if form.is_bound and form.is_valid():
        organization = found(person, form.cleaned_data["name"], bring=form.cleaned_data.get("bring", False))
        request.session[ORGANIZATION_KEY] = str(organization.pk)
        messages.success(request, _("%(name)s was founded. You are its admin.") % {"name": organization.name})
        return redirect("accounts:organization")
    return form_page(request, "accounts/found.html", form)


def _bring_label(person: User) -> str:
    """*Bring along what you have: Threads (14) and 3 settings*, or nothing where there is nothing."""
    offers = offers_for(user_key(str(person.pk)))
    if not offers:
        return ""
    *first, last = [offer.label for offer in offers]
    things = _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
    return _("Bring along what you have: %(things)s") % {"things": things}


def switch_organization(request: HttpRequest) -> HttpResponse:
    """Make another organisation active; an empty name is "Personal"."""
    signed_in_person(request)
    if refusal := allow(request, ["POST"]):
        return refusal
    chosen = request.POST.get("organization", "")
    if chosen:
        request.session[ORGANIZATION_KEY] = str(membership_in(request, _uuid(chosen)).organization_id)
    else:
        request.session.pop(ORGANIZATION_KEY, None)
    return onwards(request)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def set_role(request: HttpRequest, organization_id: UUID, user_id: UUID) -> HttpResponse:
    membership = administered(request, organization_id)
    if refusal := allow(request, ["POST"]):
        return refusal
    form = RoleForm(request.POST)
    if not form.is_valid():
        legal = _("Use one of: %(roles)s.") % {"roles": ", ".join(Role.values)}
        raise BadInput(_("This is no role."), {"role": [legal]})
    role = Role(form.cleaned_data["role"])
    try:
        changed = change_role(membership.user, membership.organization, user_id, role)
    except Membership.DoesNotExist:
        raise Http404 from None
    except LastAdmin as problem:
        messages.error(request, str(problem))
    else:
        said = {"person": str(changed.user), "role": changed.get_role_display()}
        messages.success(request, _("%(person)s now has the role %(role)s.") % said)
    return redirect("accounts:organization")


def remove(request: HttpRequest, organization_id: UUID, user_id: UUID) -> HttpResponse:
    """End a membership; a GET asks first."""
    membership = administered(request, organization_id)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    member = members_of(membership.organization).filter(user=user_id).first()
    if member is None:
        raise Http404
    if request.method != "POST":
        context = {"organization": membership.organization, "member": member}
        return render(request, "accounts/remove.html", {**context, "is_last": is_last_admin(member)})
    try:
        remove_member(membership.user, membership.organization, user_id)
    except Membership.DoesNotExist:
        raise Http404 from None
    except LastAdmin as problem:
        messages.error(request, str(problem))
    else:
        said = {"person": str(member.user), "organization": membership.organization.name}
        messages.success(request, _("%(person)s is no longer in %(organization)s.") % said)
    return redirect("accounts:organization")


def leave_organization(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """End one's own membership; a GET asks first."""
    membership = membership_in(request, organization_id)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    if request.method != "POST":
        context = {"organization": membership.organization, "is_last": is_last_admin(membership)}
        return render(request, "accounts/leave.html", context)
    try:
        leave(membership.user, membership.organization)
    except Membership.DoesNotExist:
        raise Http404 from None
    except LastAdmin as problem:
        messages.error(request, str(problem))
        return redirect("accounts:organization")
    if request.session.get(ORGANIZATION_KEY) == str(organization_id):
        del request.session[ORGANIZATION_KEY]
    messages.success(request, _("You left %(name)s.") % {"name": membership.organization.name})
    return redirect("accounts:organization")
