"""How a person proves who they are: e-mail address and password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User

__all__ = ["AccountBackend", "refuses_demo"]


def refuses_demo(user: User) -> bool:
    """Whether ``user`` is a demo account where everybody could use it: anywhere but on this machine."""
    return user.is_demo and not settings.CAPSULE_LOCAL


class AccountBackend(ModelBackend):
    """Signs in by e-mail address, whatever its case; refuses the inactive, and demo accounts elsewhere.

    A demo account that is refused in spite of the right password leaves ``request.refused_demo`` behind,
    so that the form can say why.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        username = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if username is None or password is None:
            return None
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            # Takes as long as a wrong password, so that time does not tell which addresses have an account.
            User().set_password(password)
            return None
        if not user.check_password(password):
            return None
        if request is not None and refuses_demo(user):
            request.refused_demo = True  # type: ignore[attr-defined]
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        # Asked at sign-in and again, by get_user(), in each request.
        return isinstance(user, User) and user.is_active and not refuses_demo(user)
