"""The floor: identity, scopes, registries, the shape of a request and of an error."""

from __future__ import annotations

from capsule.date_ranges import DateRange
from capsule.errors import BadInput, NoIdentity, NotDeclared, ScopeError, TooCostly, Unavailable
from capsule.http import PageRequest
from capsule.identity import Identity, acting_as, current_identity

__all__ = [
    "BadInput",
    "DateRange",
    "Identity",
    "NoIdentity",
    "NotDeclared",
    "PageRequest",
    "ScopeError",
    "TooCostly",
    "Unavailable",
    "acting_as",
    "current_identity",
]
