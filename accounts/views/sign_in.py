"""Signing up, in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.active import activate_first
from accounts.backends import admits_demo
from accounts.forms import SignInForm, SignUpForm
from accounts.models import User
from accounts.views.answers import FORM_METHODS, form_page, onwards, way_back
from capsule.http import allow
from live.changes import changes

__all__ = ["demo_people", "demo_sign_in", "sign_in", "sign_out", "sign_up"]

BACKEND = "accounts.backends.AccountBackend"


def sign_in(request: HttpRequest) -> HttpResponse:
    if refusal := allow(request, FORM_METHODS):
        return refusal
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        login(request, form.get_user())
        activate_first(request)
        return onwards(request)
    context = {**way_back(request), "demo_people": demo_people()}
    return form_page(request, "accounts/sign_in.html", form, context)


def demo_people() -> QuerySet[User]:
    """Whom one may become with a click: the demo's people, on the machine's own address only."""
    if not admits_demo():
        return User.objects.none()
    return User.objects.filter(is_demo=True, is_active=True).order_by("name")


def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo person, without a password: the whole world knows it."""
    if not admits_demo():
        raise Http404
    if refusal := allow(request, ["POST"]):
        return refusal
    try:
        person = demo_people().filter(pk=request.POST.get("user", "")).first()
    except ValidationError:
        person = None
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    activate_first(request)
    return onwards(request)


def sign_out(request: HttpRequest) -> HttpResponse:
    if refusal := allow(request, ["POST"]):
        return refusal
    logout(request)
    messages.success(request, _("You are signed out."))
    response = redirect(settings.LOGOUT_REDIRECT_URL or "/")
    # Back must not show what the person saw: the next one at this machine may be somebody else.
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def sign_up(request: HttpRequest) -> HttpResponse:
    if refusal := allow(request, FORM_METHODS):
        return refusal
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        person = _created(form)
        if person is not None:
            login(request, person, backend=BACKEND)
            return onwards(request)
    return form_page(request, "accounts/sign_up.html", form, way_back(request))


def _created(form: SignUpForm) -> User | None:
    form.instance.language = get_language() or settings.LANGUAGE_CODE
    try:
        with changes():
            person: User = form.save()
            return person
    except IntegrityError:  # somebody took the address between the form's check and now
        form.add_error("email", _("This address already has an account."))
        return None
