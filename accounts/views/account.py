"""What a person says about themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import signed_in_person
from accounts.forms import ProfileForm
from accounts.models import Membership, Theme, User
from accounts.shell import THEME_COOKIE
from accounts.time_zones import is_time_zone
from accounts.versions import access_changed
from accounts.views.answers import FORM_METHODS, form_page, onwards
from capsule.errors import BadInput
from capsule.http import allow
from live.changes import changes

__all__ = ["account", "set_theme", "set_time_zone", "sign_out_everywhere"]

A_YEAR = 365 * 24 * 3600  # seconds


def account(request: HttpRequest) -> HttpResponse:
    person = signed_in_person(request)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    # The form writes what was typed into its record even if it refuses it, and the shell shows the other.
    record = User.objects.get(pk=person.pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=record)
    if form.is_bound and form.is_valid():
        with changes():
            form.save()
        messages.success(request, _("Your account was saved."))
        return redirect("accounts:account")
    memberships = Membership.objects.filter(user=person).select_related("organization")
    context = {"memberships": memberships.order_by("organization__name")}
    return form_page(request, "accounts/account.html", form, context)


def set_time_zone(request: HttpRequest) -> HttpResponse:
    """Take the browser's time zone, unless it is known already."""
    person = signed_in_person(request)
    if refusal := allow(request, ["POST"]):
        return refusal
    name = request.POST.get("time_zone", "")
    if not is_time_zone(name):
        sentence = _("This is no time zone that is known here. An example: Europe/Berlin.")
        raise BadInput(sentence, {"time_zone": [sentence]})
    with changes():
        unknown = User.objects.filter(pk=person.pk, time_zone_known=False)
        unknown.update(time_zone=name, time_zone_known=True)
    return HttpResponse(status=204)


def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the system's choice; a visitor's is kept in a cookie."""
    if refusal := allow(request, ["POST"]):
        return refusal
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        sentence = _("Use one of: %(themes)s.") % {"themes": ", ".join(Theme.values)}
        raise BadInput(sentence, {"theme": [sentence]})
    is_part = request.headers.get("HX-Request") == "true"
    response = HttpResponse(status=204) if is_part else onwards(request)
    if request.user.is_authenticated:
        with changes():
            User.objects.filter(pk=request.user.pk).update(theme=theme)
    else:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the person, this one too."""
    person = signed_in_person(request)
    if refusal := allow(request, ["POST"]):
        return refusal
    with changes() as change:
        access_changed(change, [person.pk], end_sessions=True)
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    response = redirect("accounts:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
