from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.views import account, invitations, organization, passwords, sign_in
from capsule.routing import either

app_name = "accounts"


def private(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """A page that no cache may keep, whose form no error report may show."""
    guarded: Any = sensitive_post_parameters()(never_cache(view))
    return either(route, guarded, name)


# /sign-in/, /sign-up/, /sign-out/
sign_in_urls = [
    *private("sign-in/", sign_in.sign_in, "sign_in"),
    *private("sign-in/demo/", sign_in.demo_sign_in, "demo_sign_in"),
    *private("sign-out/", sign_in.sign_out, "sign_out"),
    *private("sign-up/", sign_in.sign_up, "sign_up"),
]

# /password-reset/
password_urls = [
    *private("password-reset/", passwords.PasswordReset.as_view(), "password_reset"),
    *private("password-reset/sent/", passwords.PasswordResetDone.as_view(), "password_reset_done"),
    *private(
        "password-reset/complete/", passwords.PasswordResetComplete.as_view(), "password_reset_complete"
    ),
    *private(
        "password-reset/<uidb64>/<token>/", passwords.PasswordResetConfirm.as_view(), "password_reset_confirm"
    ),
]

# /account/
account_urls = [
    *private("account/", account.account, "account"),
    *private("account/password/", passwords.password_change, "password_change"),
    *private("account/time-zone/", account.set_time_zone, "time_zone"),
    *private("account/theme/", account.set_theme, "theme"),
    *private("account/sign-out-everywhere/", account.sign_out_everywhere, "sign_out_everywhere"),
]

# /organization/, /invitations/
ONE = "organization/<uuid:organization_id>/"
organization_urls = [
    *private("organization/", organization.organization, "organization"),
    *private("organization/new/", organization.found_organization, "found_organization"),
    *private("organization/switch/", organization.switch_organization, "switch_organization"),
    *private(f"{ONE}invite/", invitations.invite_member, "invite"),
    *private(
        f"{ONE}invitations/<uuid:invitation_id>/revoke/", invitations.revoke_invitation, "revoke_invitation"
    ),
    *private(f"{ONE}members/<uuid:user_id>/role/", organization.set_role, "change_role"),
    *private(f"{ONE}members/<uuid:user_id>/remove/", organization.remove, "remove_member"),
    *private(f"{ONE}leave/", organization.leave_organization, "leave"),
    *private("invitations/<slug:token>/", invitations.accept_invitation, "accept_invitation"),
]

urlpatterns = [*sign_in_urls, *password_urls, *account_urls, *organization_urls]
