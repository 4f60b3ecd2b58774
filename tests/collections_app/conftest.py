"""Collections that are declared for one test, tables and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from collections_app import Collection, Column
from collections_app.declarations import Declaration
from collections_app.declaring import collections
from collections_app.storage.building import build_model
from collections_app.storage.naming import side_table_name

Declare = Callable[..., Collection]


@pytest.fixture
def declare() -> Iterator[Declare]:
    """Declares collections for one test; their models and tables are gone afterwards."""
    store = apps.get_app_config("collections_store")
    tables: set[str] = set()

    def make(name: str, *columns: Column, **options: Any) -> Collection:
        forget(name)
        handle = Collection(Declaration(name, columns, app_label="testapp", **options))
        collections.add(name, handle)
        tables.update([build_model(handle.declaration)._meta.db_table, side_table_name(name)])
        return handle

    def forget(name: str) -> None:
        collections._declared.pop(name, None)
        store.models.pop(name.replace("_", ""), None)
        apps.clear_cache()

    yield make
    for name in ("tmp_one", "tmp_old", "tmp_new"):
        forget(name)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}")


def undeclare(name: str) -> None:
    """As if the declaration had been taken out of the code."""
    del collections._declared[name]
    del apps.get_app_config("collections_store").models[name.replace("_", "")]
    apps.clear_cache()
