"""``declared(...)``: a declaration for one test, gone afterwards whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.urls import clear_url_caches

from capsule.registry import Registry
from collections_app.columns.base import column_types
from collections_app.declaring import collections
from conversations.declarations import hooks, message_handlers
from handlers.actions import actions_registry
from handlers.declarations import handlers_registry
from pages.declarations import links, pages
from settings_app.declarations import settings_registry

__all__ = ["declared"]

P = ParamSpec("P")
R = TypeVar("R")

REGISTRIES: tuple[Registry[Any], ...] = (
    collections, column_types, settings_registry, handlers_registry, actions_registry,
    message_handlers, hooks, pages, links,
)  # fmt: skip
ADDRESSES = ("capsule_site.urls", "pages.urls")  # these list the declared pages when they are imported


@contextmanager
def declared(make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Iterator[R]:
    """Declare within the block what ``make(*args, **kwargs)`` declares, and give what it returns.

    A page has its address within the block. A collection needs a table, which a test's transaction cannot
    make: declare it in the ``declarations.py`` of an application that only the tests install.

    Raises ``TypeError`` for a collection.

    Example::

        with declared(setting, "hours", default=8) as hours:
            assert hours.get() == 8

        with declared(page("Report", access="staff"), report):
            assert_only_visible_to("/report/", dana)
    """
    with ExitStack() as stack:
        for registry in REGISTRIES:
            stack.enter_context(registry.restored())
        before = _pages(), len(collections)
        made = make(*args, **kwargs)
        if len(collections) > before[1]:
            raise TypeError(
                "declared() cannot make the table that a collection needs. Declare it in the declarations.py "
                "of an application that only the tests install."
            )
        if _pages() != before[0]:
            stack.enter_context(_read_anew())
        yield made


def _pages() -> list[str]:
    return pages.names()


@contextmanager
def _read_anew() -> Iterator[None]:
    """Every address is read anew for the block: Django does so once, when the first is asked for."""
    names = {settings.ROOT_URLCONF, *ADDRESSES}
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    clear_url_caches()
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
        clear_url_caches()
