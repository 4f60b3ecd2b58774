"""The floor: identity, scopes, registries, the shape of a request and of an error."""

from __future__ import annotations

from capsule.errors import BadInput, NoIdentity, NotDeclared, ScopeError
from capsule.http import PageRequest
from capsule.identity import Identity, acting_as, current_identity

__all__ = [
    "BadInput",
    "Identity",
    "NoIdentity",
    "NotDeclared",
    "PageRequest",
    "ScopeError",
    "acting_as",
    "current_identity",
]
