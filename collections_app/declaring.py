"""``collection(...)``: what an application writes, and the registry that remembers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Model
from django.utils import translation
from django.utils.text import slugify

from capsule.access import Access
from capsule.arguments import known_arguments
from capsule.errors import NotDeclared
from capsule.places import app_label_of, calling_place
from capsule.registry import Registry
from capsule.scopes import Scope
from capsule.words import Words
from collections_app.declarations import Column, Declaration, Editable, as_columns, as_keys, as_together
from collections_app.errors import BadCall
from collections_app.handle import Collection
from collections_app.modelled.columns import columns_of
from collections_app.modelled.handle import ModelCollection
from collections_app.modelled.relations import Relations

__all__ = ["collection", "collections", "document_collection", "document_collections"]

collections: Registry[Collection] = Registry("collection")


def document_collections() -> Iterator[Collection]:
    """Those that keep documents. One of a model has the model's own table, permissions and admin."""
    return (handle for handle in collections if handle.declaration.model is None)


def document_collection(name: str) -> Collection:
    """The collection of that name, if it keeps documents. Raises ``NotDeclared``."""
    handle = collections.get(name)
    if handle.declaration.model is not None:
        raise NotDeclared(f"Collection '{name}' is of a model: Django's own commands are for its table.")
    return handle


@known_arguments
def collection(
    name: str = "",
    *,
    model: type[Model] | None = None,
    scope_field: str = "",
    version_field: str = "",
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
    indexes: Sequence[Sequence[str]] = (),
    history: bool = True,
    retention: int | None = None,
    renamed_from: str | None = None,
) -> Collection:
    """Declare a collection, in an app's ``declarations.py``, and return its handle.

    ``scope`` says whose documents they are; ``access`` who may read them in a browser, ``editable`` who
    may write there (``False``: nobody). ``paginate`` is the rows of a page, 0 the project's default;
    ``search`` names the columns that ``search("...")`` looks into. Python code is bound by scope alone.

    ``unique`` names columns of which no two documents of a scope have the same, ``indexes`` those that are
    filtered and ordered by together. ``retention`` is days of history. Of a ``model``: ``docs/models.md``.

    Raises ``DeclaredTwice`` if the name is taken; the system checks report everything else.

    Example: ``collection("threads", columns=["subject"], scope="owner", sortable=True, search=["subject"])``
    """
    module, line = calling_place()
    relations = Relations(collections)
    declaration = Declaration(
        name=name or _name_of(model), columns=_columns(model, columns, relations, scope_field, version_field),
        scope=scope, sortable=sortable, filterable=filterable, paginate=paginate, access=access,
        editable=editable, label=label, icon=icon, strict=strict, search=as_keys(search),
        unique=as_together(unique), indexes=as_together(indexes), history=history, retention=retention,
        renamed_from=renamed_from, model=model, scope_field=scope_field, version_field=version_field,
        module=module, line=line, app_label=app_label_of(module),
    )  # fmt: skip
    handle = Collection(declaration) if model is None else ModelCollection(declaration)
    relations.handle = handle if isinstance(handle, ModelCollection) else None
    collections.add(declaration.name, handle, declaration.place)
    return handle


def _columns(
    model: type[Model] | None,
    columns: Sequence[str | Column] | None,
    relations: Relations,
    scope_field: str,
    version_field: str,
) -> tuple[Column, ...]:
    if model is None:
        return as_columns(columns)
    return columns_of(model, columns, relations, scope_field, version_field)


def _name_of(model: type[Model] | None) -> str:
    """What a model calls its rows, in the words that its code is written in."""
    if model is None:
        raise BadCall("A collection has a name, or the model whose rows it is of.")
    with translation.override(None):
        return slugify(str(model._meta.verbose_name_plural)).replace("-", "_")
