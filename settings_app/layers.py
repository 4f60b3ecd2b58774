"""Where a value may stand: in a setting's own scope, and with ``inherit`` in every wider one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from capsule.errors import ScopeError
from capsule.identity import Identity, current_identity
from capsule.scopes import APP_KEY, Scope

__all__ = ["NEAREST_FIRST", "Layer", "Origin", "layers_of", "places_of"]

NEAREST_FIRST: Final[tuple[Scope, ...]] = ("session", "user", "owner", "app")
Layer = Literal["session", "user", "owner", "app", "default"]
_OF_THE_SITE: Final[Sequence[tuple[Scope, str]]] = (("app", APP_KEY),)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value in force comes from: the layer, and who set it there when.

    ``set_by`` is the person's id, empty where a script did it or nobody; ``set_at`` is aware, ``None`` for
    the default.

    Example: ``Origin("default").is_set is False``
    """

    layer: Layer
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def is_set(self) -> bool:
        """Whether anybody set it anywhere."""
        return self.layer != "default"


def layers_of(scope: Scope, inherit: bool) -> tuple[Scope, ...]:
    """The scopes in which a setting of ``scope`` may have a value, the nearest first.

    Example: ``layers_of("user", inherit=True) == ("user", "owner", "app")``
    """
    return NEAREST_FIRST[NEAREST_FIRST.index(scope) :] if inherit else (scope,)


def places_of(scope: Scope, inherit: bool) -> Sequence[tuple[Scope, str]]:
    """The layers that the acting identity has, each with its scope key, the nearest first.

    Without an organisation the owner is the person: one place, which counts as the person's. Raises
    ``ScopeError`` for a visitor who has none, ``NoIdentity`` where nobody acts (app scope apart). Reading
    never begins a conversation: without one there is no such place.
    """
    if scope == "app":
        return _OF_THE_SITE
    identity = current_identity()
    if not inherit:
        no_conversation = scope == "session" and identity.session_id is None
        return [] if no_conversation else [(scope, identity.key(scope))]
    # To know the conversation may take a query, which only a setting that has a value in one is worth.
    session_id = identity.session_id if scope == "session" else None
    return _inherited(scope, identity.user_id, identity.organization_id, session_id)


@lru_cache(maxsize=4096)  # a feature switch is read thousands of times by the same person
def _inherited(
    scope: Scope, user_id: str | None, organization_id: str | None, session_id: str | None
) -> Sequence[tuple[Scope, str]]:
    identity = Identity(user_id=user_id, organization_id=organization_id, session_id=session_id)
    places: dict[str, Scope] = {}
    for layer in layers_of(scope, inherit=True):
        try:
            places.setdefault(identity.key(layer), layer)
        except ScopeError:  # a visitor who is not signed in, or has no conversation
            continue
    return tuple((layer, key) for key, layer in places.items())
