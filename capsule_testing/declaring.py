"""``declared(...)``: a declaration for one test, gone afterwards whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.urls import clear_url_caches

from capsule.registry import Registry
from collections_app.columns.base import column_types
from collections_app.declaring import collections, document_collections
from collections_app.handle import Collection
from collections_app.storage.apps import StorageConfig
from collections_app.storage.building import build_model
from collections_app.storage.syncing import apply
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

    A page has its address within the block. A collection has its table, which cannot be made inside a
    transaction: such a test is marked ``@pytest.mark.django_db(transaction=True)``.

    Raises ``TypeError`` for a collection in any other test.

    Example::

        with declared(setting, "hours", default=8) as hours:
            assert hours.get() == 8

        with declared(page("Report", access="staff"), report):
            assert_only_visible_to("/report/", dana)
    """
    with ExitStack() as stack:
        for registry in REGISTRIES:
            stack.enter_context(registry.restored())
        before = {"pages": pages.names(), "collections": collections.names()}
        made = make(*args, **kwargs)
        new = [one for one in document_collections() if one.name not in before["collections"]]
        if new:
            stack.enter_context(_stored(new))
        if pages.names() != before["pages"]:
            stack.enter_context(_read_anew())
        yield made


@contextmanager
def _stored(new: list[Collection]) -> Iterator[None]:
    """The collections have models and tables for the block."""
    names = ", ".join(f"'{one.name}'" for one in new)
    if connection.in_atomic_block:
        raise TypeError(
            f"The collection {names} needs a table, which cannot be made inside a test's transaction: mark "
            "the test with @pytest.mark.django_db(transaction=True)."
        )
    before = set(_tables())
    models = [build_model(one.declaration) for one in new]
    try:
        apply(verbosity=0)
        yield
    finally:
        store = apps.get_app_config(StorageConfig.label)
        for model in models:
            store.models.pop(str(model._meta.model_name), None)
        apps.clear_cache()
        # Of what belongs together the shortest name is the table's own, and takes the others along.
        while left := sorted(set(_tables()) - before, key=len):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(left[0])}")


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


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
