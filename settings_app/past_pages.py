"""What a setting was before: its history in the layers that a person may set, and who may read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.identity import Identity
from capsule.scopes import Scope
from capsule.sealing import BadSeal, seal, unseal
from settings_app.access import editable_layers, require_editable
from settings_app.declarations import Setting
from settings_app.models import SettingChange

__all__ = ["LONGEST_PAGE", "Past", "PastChange", "layers_of_history", "past_changes", "past_of"]

LONGEST_PAGE: Final = 200  # entries


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of a value; ``None`` is "not set". Of a secret both values are ``None`` and say nothing.

    ``was_set`` and ``is_set`` tell the two apart, ``by`` is a person's id, empty where a script did it.
    """

    number: int
    layer: Scope
    old: Any
    new: Any
    was_set: bool
    is_set: bool
    secret: bool
    at: datetime
    by: str
    source: str


@dataclass(frozen=True, slots=True)
class Past:
    """A page of the history, the newest first. ``older`` goes on where it ends, if it does not end all."""

    changes: list[PastChange]
    older: str | None


def layers_of_history(setting: Setting[Any], identity: Identity, scope: Scope | None = None) -> list[Scope]:
    """The layers whose history the person may read: those in which they may set the value.

    Raises as ``require_editable`` where there is none, or where ``scope`` is not among them.
    """
    if scope is not None:
        require_editable(setting, identity, scope)
        return [scope]
    layers = editable_layers(setting, identity)
    if not layers:
        require_editable(setting, identity)
    return layers


def past_of(
    setting: Setting[Any],
    identity: Identity,
    *,
    scope: Scope | None = None,
    before: str = "",
    limit: int = 20,
) -> Past:
    """A page of what was changed, by one query. ``before`` is the ``older`` of the page before it.

    Raises ``ScopeError`` or ``PermissionDenied`` for who may not read it, ``BadInput`` for a ``before`` that
    was not given out for this history.

    Example: ``past_of(theme, current_identity(), scope="owner").changes[0].old``
    """
    layers = layers_of_history(setting, identity, scope)
    places = {
        identity.key(layer): layer
        for layer in layers
        if layer != "session" or identity.session_id is not None  # without a conversation nothing was set
    }
    # The number of a change tells how many others were made on the whole site: it is sealed.
    salt = "|".join(["settings.history", setting.name, *sorted(places)])
    rows = SettingChange.objects.filter(name=setting.name, scope_key__in=list(places)).order_by("-id")
    if before:
        rows = rows.filter(pk__lt=_opened(before, salt))
    found = list(rows[: limit + 1])
    older = seal(found[limit - 1].pk, salt) if len(found) > limit else None
    return Past(past_changes(setting, places, found[:limit]), older)


def past_changes(
    setting: Setting[Any], places: dict[str, Scope], rows: Iterable[SettingChange]
) -> list[PastChange]:
    """Rows of the history as they may be told: nothing of what is a secret now, or was one then."""
    return [_told(setting, places[row.scope_key], row) for row in rows]


def _told(setting: Setting[Any], layer: Scope, row: SettingChange) -> PastChange:
    secret = setting.secret or row.secret
    old, new = (
        None if secret or value is None else setting.kind.restore(value) for value in (row.old, row.new)
    )
    return PastChange(
        number=row.pk,
        layer=layer,
        old=old,
        new=new,
        was_set=row.old is not None,
        is_set=row.new is not None,
        secret=secret,
        at=row.changed_at,
        by=row.changed_by,
        source=row.source,
    )


def _opened(before: str, salt: str) -> int:
    try:
        return int(unseal(before, salt))
    except BadSeal:
        sentence = _("This place is not one of this history.")
        raise BadInput(_("This address cannot be used as it is."), {"cursor": [sentence]}) from None
