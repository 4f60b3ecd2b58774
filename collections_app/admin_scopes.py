"""Scope keys in words: ``Acme``, ``bob``, ``everybody``."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from accounts.models import Organization
from capsule.scopes import APP_KEY

__all__ = ["scopes_in_words"]


def scopes_in_words(keys: Iterable[str]) -> dict[str, str]:
    """Each key's owner in words: at most one query for the people and one for the organisations."""
    wanted = set(keys)
    people = _names(get_user_model(), "user", wanted)
    organizations = _names(Organization, "org", wanted)
    return {key: people.get(key) or organizations.get(key) or _other(key) for key in wanted}


def _names(model: type, kind: str, keys: set[str]) -> dict[str, str]:
    ids = [found for key in keys if (found := _id_in(key, kind)) is not None]
    records = model._default_manager.in_bulk(ids) if ids else {}  # type: ignore[attr-defined]
    return {f"{kind}:{id}": str(record) for id, record in records.items()}


def _id_in(key: str, kind: str) -> UUID | None:
    begin, _colon, rest = key.partition(":")
    if begin != kind:
        return None
    try:
        return UUID(rest)
    except ValueError:
        return None


def _other(key: str) -> str:
    if key == APP_KEY:
        return _("everybody")
    kind, _colon, rest = key.partition(":")
    if kind == "conv":
        return _("conversation %(id)s") % {"id": rest[:8]}
    # Whoever it was is gone; their records are still here.
    return _("%(kind)s that is gone (%(id)s)") % {
        "kind": _("organisation") if kind == "org" else _("person"),
        "id": rest[:8],
    }
