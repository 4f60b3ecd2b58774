"""What the frame around every page shows of the person and their organisations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from accounts.models import Organization, Theme, User

__all__ = ["THEME_COOKIE", "ShellAccount", "ShellOrganization", "shell_of"]

THEME_COOKIE = "theme"  # a visitor's choice; a person's stands in their record


@dataclass(frozen=True, slots=True)
class ShellOrganization:
    """One line of the switcher."""

    id: UUID
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ShellAccount:
    """The person (``None`` for a visitor), where they are, and how the page looks to them.

    ``theme`` is ``auto``, ``light`` or ``dark``. ``asks_time_zone`` is true while nobody has told the
    person's time zone yet: the page then includes ``accounts/_time_zone.html``.
    """

    person: User | None
    organizations: tuple[ShellOrganization, ...]
    is_personal: bool
    theme: str
    asks_time_zone: bool

    @property
    def active(self) -> ShellOrganization | None:
        """The organisation that is active, or ``None`` for "Personal"."""
        return next((organization for organization in self.organizations if organization.is_active), None)


def shell_of(request: HttpRequest) -> ShellAccount:
    """The account part of the shell: one query for a person, none for a visitor without a session."""
    if not isinstance(request.user, User):
        return ShellAccount(None, (), False, _theme_cookie(request), False)
    active = request.identity.organization_id  # type: ignore[attr-defined]
    mine = Organization.objects.filter(memberships__user=request.user).values_list("pk", "name")
    organizations = tuple(ShellOrganization(pk, name, str(pk) == active) for pk, name in mine)
    person = request.user
    return ShellAccount(person, organizations, active is None, person.theme, not person.time_zone_known)


def _theme_cookie(request: HttpRequest) -> str:
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in Theme.values else Theme.AUTO.value
