"""A scope key in words: "Acme", "Bob", "everybody". For the admin, which shows everybody's values."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from capsule.scopes import APP_KEY

__all__ = ["people_named", "scopes_in_words"]


def scopes_in_words(scope_keys: Iterable[str]) -> dict[str, str]:
    """Each key in words; two queries for any number of them.

    Example: ``scopes_in_words(["app"]) == {"app": "everybody"}``
    """
    keys = list(scope_keys)
    ids = {
        kind: [key.partition(":")[2] for key in keys if key.startswith(f"{kind}:")]
        for kind in ("user", "org")
    }
    names = {f"user:{found}": name for found, name in people_named(ids["user"]).items()}
    names |= {f"org:{found}": name for found, name in _named(Organization, ids["org"]).items()}
    return {key: names.get(key) or _without_name(key) for key in keys}


def people_named(user_ids: Iterable[str]) -> dict[str, str]:
    """The names of people by id; those who are gone are left out."""
    return _named(User, user_ids)


def _named(model: type[Model], ids: Iterable[str]) -> dict[str, str]:
    wanted = [found for found in map(_uuid, set(ids)) if found is not None]
    if not wanted:
        return {}
    return {str(record.pk): str(record) for record in model._default_manager.filter(pk__in=wanted)}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _without_name(key: str) -> str:
    if key == APP_KEY:
        return _("everybody")
    if key.startswith("conv:"):
        return _("one conversation")
    return _("somebody who is gone")
