"""How the pages of a record are answered: whole, or as what a table's drawer shows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.http import requested_widget, safe_next
from capsule.identity import current_identity
from capsule.toasts import say_done
from collections_app.columns import cell_of, misfit
from collections_app.columns.cells import MARK, odd_cell
from collections_app.declarations import Column, Declaration
from collections_app.fitting import unfit_words
from collections_app.handle import Collection
from collections_app.row_actions import offered
from collections_app.rows import Row

__all__ = [
    "address_of",
    "done",
    "goes_back",
    "is_in_drawer",
    "record_address",
    "shown",
    "shows_history",
    "title_of",
    "values_of",
]

DRAWER = "drawer"  # the id of the part that every page with a table has for one record


def is_in_drawer(request: HttpRequest) -> bool:
    """Whether a table's drawer asks, rather than a browser for a page."""
    return requested_widget(request) == DRAWER


def shown(
    request: HttpRequest,
    collection: Collection,
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    """A page of one record, or the same in the drawer: one template serves both."""
    came_from = safe_next(request, address_of(collection))
    next_query = f"?{urlencode({'next': came_from})}"
    in_drawer, row = is_in_drawer(request), context.get("row")
    record = record_address(collection, row.id, "record") if row is not None else ""
    follow = record_address(collection, row.id, "now") if row is not None else ""
    response = render(
        request,
        f"collections_app/{template}.html",
        {
            "collection": collection.declaration,
            "next": came_from,
            "next_query": next_query,
            "record_url": f"{record}{next_query}",
            "follow": f"{follow}?{request.META['QUERY_STRING']}",
            "here": request.get_full_path(),
            "in_drawer": in_drawer,
            "acts": offered(request, collection, row),
            # Not row.version: a template would take a document's own "version" first.
            "row_version": row.version if row is not None else None,
            "row_changed": row.updated_at if row is not None else None,
            "base": f"collections_app/{'drawer' if in_drawer else 'record'}_base.html",
            **context,
        },
        status=status,
    )
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target"])
    return response


def done(request: HttpRequest, collection: Collection, sentence: str = "", undo: str = "") -> HttpResponse:
    """It is done: the page goes back to where the person was, the drawer closes and says so."""
    if sentence:
        say_done(request, sentence, undo)
    if is_in_drawer(request):
        return render(request, "collections_app/_drawer_done.html")
    # Not redirect(): it would take a word without a slash for the name of a view.
    return HttpResponseRedirect(safe_next(request, address_of(collection)))


def address_of(collection: Collection) -> str:
    """The page of a collection."""
    return reverse("collections_app:collection", args=[collection.name])


def record_address(collection: Collection, id: str, what: str, *more: Any) -> str:
    """An address under a record's: ``delete``, ``history``, ``undo``."""
    return reverse(f"collections_app:{what}", args=[collection.name, id, *more])


def goes_back(collection: Collection) -> bool:
    """Whether whoever acts can take back what is done to its records: their history knows every change.

    Visitors to what everybody reads cannot be told apart: none of them takes back what another did.
    """
    return shows_history(collection) and collection.declaration.model is None


def shows_history(collection: Collection) -> bool:
    """Whether whoever acts may look into the past of its records.

    It names people, and holds what they have taken away since: a visitor sees that of their own conversation.
    """
    declaration = collection.declaration
    return declaration.history and (current_identity().is_authenticated or declaration.scope == "session")


def title_of(declaration: Declaration, row: Row) -> str:
    """What a record is called: its first text, else simply a record."""
    for column in declaration.visible_columns:
        if column.type == "text" and isinstance(row.get(column.key), str) and row[column.key].strip():
            return str(row[column.key])[:120]
    return _("Record")


def values_of(columns: tuple[Column, ...], row: Row) -> list[tuple[str, SafeString]]:
    """The values of a record, each with its column's title."""
    return [(column.title, _value(column, row)) for column in columns]


def _value(column: Column, row: Row) -> SafeString:
    """A cell, and why the value in it does not fit, if it does not."""
    value, cell = row.get(column.key), cell_of(column, row)
    found = misfit(column, value)
    if found is None:
        return cell
    if cell.startswith(MARK):  # the mark would say it once more
        cell = SafeString(odd_cell(value))
    return format_html("{}<div>{}</div>", cell, unfit_words(found.reason))
