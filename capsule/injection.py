"""What a handler's or page's annotation can ask for, besides its parameters.

A lower layer never knows the types of a higher one: the higher registers its type here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

__all__ = ["Provider", "injectable", "injectable_kind", "injected_names", "is_offered", "provider_of"]

T = TypeVar("T")
Provider = Callable[[HttpRequest], Any]

_providers: dict[object, Provider] = {}
_kinds: dict[type, Callable[[type[Any]], Provider]] = {}
_offered: set[Provider] = set()


def injectable(wanted: type[T], provider: Callable[[HttpRequest], T], *, offered: bool = False) -> None:
    """Let a parameter annotated with ``wanted`` be filled by ``provider(request)``.

    ``offered`` says that it needs an address which only a page of this site makes.

    Example: ``injectable(Identity, lambda request: request.identity)``
    """
    _providers[wanted] = provider
    if offered:
        _offered.add(provider)


def is_offered(provider: Provider) -> bool:
    """Whether what it fills in is had by an address that a page offers, and by no other."""
    return provider in _offered


def injectable_kind(base: type[T], provider_for: Callable[[type[T]], Callable[[HttpRequest], T]]) -> None:
    """The same for each class below ``base``: ``provider_for`` is given the class that is wanted.

    Example: ``injectable_kind(BaseForm, FormProvider)``
    """
    _kinds[base] = provider_for


def provider_of(annotation: object) -> Provider | None:
    """What fills a parameter of this annotation, or ``None`` if it is an ordinary parameter."""
    try:
        provider = _providers.get(annotation)
    except TypeError:  # an unhashable annotation, such as Annotated[..., [..]]
        return None
    if provider is None and isinstance(annotation, type):
        return next((of(annotation) for base, of in _kinds.items() if issubclass(annotation, base)), None)
    return provider


def injected_names() -> dict[str, str]:
    """The registered types by the name that a parameter of theirs would have: ``{"identity": "Identity"}``.

    A parameter so named but annotated otherwise would be read from outside: the checks refuse it.
    """
    names = (getattr(wanted, "__name__", "") for wanted in _providers)
    return {name.lower(): name for name in names if name}
