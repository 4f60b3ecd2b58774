"""``collection(...)``: what an application writes, and the registry that remembers it."""

from __future__ import annotations

from collections.abc import Sequence

from capsule.access import Access
from capsule.places import app_label_of, calling_place
from capsule.registry import Registry
from capsule.scopes import Scope
from capsule.words import Words
from collections_app.declarations import Column, Declaration, Editable, as_columns, as_keys, as_unique
from collections_app.handle import Collection

__all__ = ["collection", "collections"]

collections: Registry[Collection] = Registry("collection")


def collection(
    name: str,
    *,
    columns: Sequence[str | Column] | None = None,
    scope: Scope = "app",
    sortable: bool = False,
    filterable: bool = False,
    paginate: int = 0,
    access: Access = "authenticated",
    editable: Editable = False,
    label: Words | None = None,
    icon: str | None = None,
    strict: bool = True,
    search: str | Sequence[str] | None = None,
    unique: str | Sequence[str | Sequence[str]] = (),
    history: bool = True,
    retention: int | None = None,
    renamed_from: str | None = None,
) -> Collection:
    """Declare a collection, in an app's ``declarations.py``, and return its handle.

    ``scope`` says whose documents they are; ``access`` who may read them in a browser, ``editable`` who
    may write there (``False``: nobody). ``paginate`` is the rows of a page, 0 the project's default;
    ``search`` names the columns that ``search("...")`` looks into. Python code is bound by scope alone.

    ``unique`` names columns of which no two documents of a scope have the same: ``["email", ("project",
    "number")]``, the last two together. ``history`` is remembered for ``retention`` days, if not as the
    project says.

    Raises ``DeclaredTwice`` if the name is taken; the system checks report everything else.

    Example: ``collection("threads", columns=["subject"], scope="owner", sortable=True, search=["subject"])``
    """
    module, line = calling_place()
    declaration = Declaration(
        name=name, columns=as_columns(columns), scope=scope, sortable=sortable, filterable=filterable,
        paginate=paginate, access=access, editable=editable, label=label, icon=icon, strict=strict,
        search=as_keys(search), unique=as_unique(unique), history=history, retention=retention,
        renamed_from=renamed_from, module=module, line=line,
        app_label=app_label_of(module),
    )  # fmt: skip
    handle = Collection(declaration)
    collections.add(name, handle, declaration.place)
    return handle
