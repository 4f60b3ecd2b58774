"""What people fill in about themselves and their organisations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.backends import refuses_demo
from accounts.fields import AddressField, NameField, PasswordField, TimeZoneField, storable
from accounts.models import Role, Theme, User

__all__ = [
    "FoundForm",
    "InvitationForm",
    "PasswordChangeForm",
    "PasswordResetForm",
    "ProfileForm",
    "RoleForm",
    "SetPasswordForm",
    "SignInForm",
    "SignUpForm",
]

RADIOS = forms.RadioSelect(attrs={"class": "form-check-input"})
NO_SIGN_IN = _("This e-mail address and password do not go together. Check both, then try again.")
NEW_PASSWORD_HELP = _("At least 12 characters, not a common password and not your own name.")


def _new_password(label: Any) -> PasswordField:
    return PasswordField(label=label, autocomplete="new-password", help_text=NEW_PASSWORD_HELP)


def _repeated_password() -> PasswordField:
    return PasswordField(label=_("The same again"), autocomplete="new-password")


class SignInForm(auth_forms.AuthenticationForm):
    """Signs in; what is wrong is said in the same words for every name."""

    username = auth_forms.UsernameField(
        label=_("E-mail address"), validators=[storable], widget=forms.EmailInput(attrs={"autofocus": True})
    )
    password = PasswordField(label=_("Password"), autocomplete="current-password")

    error_messages = {
        "invalid_login": NO_SIGN_IN,
        "inactive": NO_SIGN_IN,
        "demo": _(
            "Demo accounts work on the machine's own address only, and with the demo: everybody knows their "
            "passwords."
        ),
    }

    def __init__(self, request: HttpRequest, data: Any = None, **kwargs: Any) -> None:
        super().__init__(request, data, **kwargs)
        self.fields["username"].label = _("E-mail address")

    def get_invalid_login_error(self) -> ValidationError:
        code = "demo" if getattr(self.request, "refused_demo", False) else "invalid_login"
        return ValidationError(self.error_messages[code], code=code)


class SignUpForm(auth_forms.BaseUserCreationForm):  # type: ignore[type-arg]
    """A new account."""

    name = NameField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = AddressField()
    password1 = _new_password(_("Password"))
    password2 = _repeated_password()

    class Meta:
        model = User
        fields = ["name", "email"]


class PasswordChangeForm(auth_forms.PasswordChangeForm):
    old_password = PasswordField(label=_("Current password"), autocomplete="current-password")
    new_password1 = _new_password(_("New password"))
    new_password2 = _repeated_password()


class SetPasswordForm(auth_forms.SetPasswordForm):  # type: ignore[type-arg]
    new_password1 = _new_password(_("New password"))
    new_password2 = _repeated_password()


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Asks for a link by mail. Whether the address has an account is not said."""

    email = AddressField()

    def get_users(self, email: str) -> list[User]:
        found = User.objects.filter(email=User.objects.normalize_email(email), is_active=True)
        return [user for user in found if user.has_usable_password() and not refuses_demo(user)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person says about themselves."""

    name = NameField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("Dates and times are shown in it."))
    language = forms.ChoiceField(label=_("Language"), choices=lambda: settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices, widget=RADIOS)

    class Meta:
        model = User
        fields = ["name", "time_zone", "language", "theme"]

    def save(self, commit: bool = True) -> User:
        # Changed by hand, so the browser's own zone will not be asked for again.
        self.instance.time_zone_known = self.instance.time_zone_known or "time_zone" in self.changed_data
        saved: User = super().save(commit)
        return saved


class FoundForm(forms.Form):
    """A new organisation. ``bring`` is left out where there is nothing to bring."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    bring = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, bring_label: str = "") -> None:
        super().__init__(data)
        if bring_label:
            self.fields["bring"].label = bring_label
        else:
            del self.fields["bring"]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class InvitationForm(RoleForm):
    """An invitation by link."""

    email = AddressField(
        label=_("Only for this e-mail address"),
        required=False,
        help_text=_("Optional. Without one, whoever has the link first can use it."),
    )
