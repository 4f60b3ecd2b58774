"""The admin's forms for people: they sign in by e-mail address and have no other name."""

from __future__ import annotations

from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _

from accounts.fields import AddressField, NameField
from accounts.models import Membership, Role, User
from accounts.versions import access_changed
from live.changes import changes

__all__ = ["AddUserForm", "ChangePasswordForm", "ChangeUserForm", "MembershipFormSet"]


class AddUserForm(auth_forms.AdminUserCreationForm):  # type: ignore[type-arg]
    email = AddressField()
    name = NameField(max_length=150, required=False)

    class Meta:
        model = User
        fields = ["email", "name"]


class ChangeUserForm(auth_forms.UserChangeForm):  # type: ignore[type-arg]
    email = AddressField()
    name = NameField(max_length=150, required=False)

    class Meta:
        model = User
        fields = ["email", "name"]


class ChangePasswordForm(auth_forms.AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Sets somebody's password: what was granted under the old one ends."""

    def save(self, commit: bool = True) -> User:
        with changes() as change:
            person: User = super().save(commit)
            access_changed(change, [person.pk])
        return person


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """An organisation's members; the last admin cannot go this way either."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        roles = [data["role"] for data in kept if not data.get("DELETE")]
        had_members = Membership.objects.filter(organization=self.instance.pk).exists()
        if had_members and Role.ADMIN not in roles:
            raise ValidationError(_("An organisation needs an admin. Make somebody else an admin first."))
