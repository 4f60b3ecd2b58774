"""What there is: every address that the site answers to, read from where Django itself reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from pages.declarations import PageDeclaration
from tests.test_architecture import APPLICATIONS

__all__ = ["Address", "addresses"]


@dataclass(frozen=True)
class Address:
    """A pattern: its route as it is written down, and what answers there."""

    route: str
    pattern: URLPattern
    module: str  # whose `urlpatterns` it stands in

    @property
    def is_of_an_application(self) -> bool:
        """Whether it is one of yours, whose own tests say who may: the matrix is for what all sites have."""
        return self.module.split(".")[0] in APPLICATIONS

    @property
    def is_admin(self) -> bool:
        """Whether Django's own administration answers, below its own sign-in."""
        return self.route.startswith("admin/")

    @property
    def page(self) -> PageDeclaration | None:
        """The declared page that answers."""
        view: Any = self.pattern.callback
        first = view.args[0] if isinstance(view, partial) and view.args else None
        return first if isinstance(first, PageDeclaration) else None

    @property
    def slashed(self) -> str:
        """The route of its twin with the final slash: see ``capsule.routing.either``."""
        return f"{self.route}/"


def addresses() -> list[Address]:
    """Every address, in the order in which they are tried. One that stands twice answers once."""
    found = {one.route: one for one in reversed(list(_walk(get_resolver(), "", "")))}
    return list(reversed(found.values()))


def _walk(resolver: URLResolver, before: str, module: str) -> Iterator[Address]:
    module = getattr(resolver.urlconf_module, "__name__", module)
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, route, module)
        else:
            yield Address(route, one, module)
