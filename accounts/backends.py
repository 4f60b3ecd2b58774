"""How a person proves who they are: e-mail address and password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from capsule.lookups import RowBy

__all__ = ["AccountBackend", "admits_demo", "refuses_demo"]


_by_id = RowBy(User, "id")


def admits_demo() -> bool:
    """Whether demo accounts may be used: where the demo is installed, and only this machine can reach it."""
    return bool(settings.CAPSULE_DEMO and settings.CAPSULE_LOCAL)


def refuses_demo(user: User) -> bool:
    """Whether ``user`` is a demo account where everybody could use it, or where there is no demo."""
    return user.is_demo and not admits_demo()


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

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: object = None) -> bool:
        # Whoever may with all rows may with each: Django's own knows none as soon as a row is named. A
        # back-end that stands before this one may refuse a row (PermissionDenied), and any may grant one.
        return super().has_perm(user_obj, perm)

    def get_user(self, user_id: object) -> User | None:
        # As Django's own does, in each request of somebody who is signed in.
        user = _by_id.get(user_id)
        return user if self.user_can_authenticate(user) else None
