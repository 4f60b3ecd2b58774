"""Changing a password, and getting in again without one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from accounts.access import signed_in_person
from accounts.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from accounts.guessing import forget_failures
from accounts.versions import access_changed
from accounts.views.answers import FORM_METHODS, form_page
from capsule.http import allow
from live.changes import changes

__all__ = [
    "PasswordResetComplete",
    "PasswordResetConfirm",
    "PasswordResetDone",
    "PasswordReset",
    "password_change",
]


def password_change(request: HttpRequest) -> HttpResponse:
    person = signed_in_person(request)
    if refusal := allow(request, FORM_METHODS):
        return refusal
    form = PasswordChangeForm(person, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with changes() as change:
            form.save()
            access_changed(change, [person.pk])
        # The one session that changed it stays; the password is part of the hash of all others.
        update_session_auth_hash(request, person)
        messages.success(request, _("Your password was changed. You were signed out everywhere else."))
        return redirect("accounts:account")
    return form_page(request, "accounts/password_change.html", form)


class InvalidIs422:
    """A form that cannot be taken comes back as 422, as everywhere in this project."""

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form)  # type: ignore[attr-defined]
        response: HttpResponse = self.render_to_response(  # type: ignore[attr-defined]
            context, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
        return response


class PasswordReset(InvalidIs422, auth_views.PasswordResetView):
    """Asks for a link by mail; the answer is the same whether or not there is an account."""

    form_class = PasswordResetForm
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_done")


class PasswordResetDone(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirm(InvalidIs422, auth_views.PasswordResetConfirmView):
    """Where the link of the mail leads: a new password, once, within an hour."""

    form_class = SetPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: Any) -> HttpResponse:
        with changes() as change:
            response = super().form_valid(form)
            access_changed(change, [form.user.pk])
            forget_failures(form.user.email)
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if not self.validlink:
            kwargs["status"] = HTTPStatus.GONE
        return super().render_to_response(context, **kwargs)


class PasswordResetComplete(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"
