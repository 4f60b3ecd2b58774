"""What a handler's or page's annotation can ask for, besides its parameters.

A lower layer never knows the types of a higher one: the higher registers its type here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

__all__ = ["Provider", "injectable", "injected_names", "provider_of"]

T = TypeVar("T")
Provider = Callable[[HttpRequest], Any]

_providers: dict[object, Provider] = {}


def injectable(wanted: type[T], provider: Callable[[HttpRequest], T]) -> None:
    """Let a parameter annotated with ``wanted`` be filled by ``provider(request)``.

    Example: ``injectable(Identity, lambda request: request.identity)``
    """
    _providers[wanted] = provider


def provider_of(annotation: object) -> Provider | None:
    """What fills a parameter of this annotation, or ``None`` if it is an ordinary parameter."""
    try:
        return _providers.get(annotation)
    except TypeError:  # an unhashable annotation, such as Annotated[..., [..]]
        return None


def injected_names() -> dict[str, str]:
    """The registered types by the name that a parameter of theirs would have: ``{"identity": "Identity"}``.

    A parameter so named but annotated otherwise would be read from outside: the checks refuse it.
    """
    names = (getattr(wanted, "__name__", "") for wanted in _providers)
    return {name.lower(): name for name in names if name}
