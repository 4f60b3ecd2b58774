"""The pages of a collection: its table, and one plain form to add, see, edit and delete a record."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import ScopeError
from capsule.http import allow, requested_widget
from capsule.identity import current_identity
from capsule.refreshing import REFRESH_HEADER
from capsule.toasts import say_done
from collections_app.columns import column_type_of
from collections_app.columns.reference import MOST_CHOICES, ReferenceSelect
from collections_app.declarations import Action
from collections_app.declaring import collections
from collections_app.errors import Conflict, UnknownKey
from collections_app.forms import DocumentForm, editable_columns
from collections_app.handle import Collection
from collections_app.record_form import RecordForm
from collections_app.rows import Row
from collections_app.settling import disputes, resubmission, settled
from collections_app.showing import done, goes_back, record_address, shown, shows_history, title_of, values_of
from collections_app.tables import render_table
from live.marking import live_element
from live.once import once_by_form

__all__ = [
    "FORM",
    "READ",
    "add",
    "add_record",
    "admit",
    "choices",
    "collection_page",
    "delete",
    "form_page",
    "may",
    "record",
    "record_for",
    "values_page",
]

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")


def collection_page(request: HttpRequest, name: str) -> HttpResponse:
    """The collection as a table; for htmx only the table."""
    if refused := allow(request, READ):
        return refused
    collection = collections.get(name)
    admit(collection)
    shown = ("collection", name)
    table = live_element(
        f"table-{name}", lambda: render_table(request, collection, key=name), request, of=shown
    )
    if requested_widget(request) == f"table-{name}":
        response = HttpResponse(table)
    else:
        response = render(
            request,
            "collections_app/collection.html",
            {
                "collection": collection.declaration,
                "table": table,
                "has_files": collection.declaration.holds_files,
            },
        )
    if request.__dict__.get("has_bad_input"):
        response.status_code = HTTPStatus.BAD_REQUEST
    patch_vary_headers(response, ["Accept", "Cookie", "HX-Request", "HX-Target", REFRESH_HEADER])
    return response


def add(request: HttpRequest, name: str) -> HttpResponse:
    """An empty form, or with ``?from=`` one like that record; a valid one becomes a record, once."""
    if refused := allow(request, FORM):
        return refused
    collection = collections.get(name)
    admit(collection, "add")
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    like = _like(request, collection)
    sees_others = like is None or may(collection, "change", like)
    form = RecordForm(collection.in_force, *posted, like=like, sees_others=sees_others)

    def refused_or_added() -> HttpResponse:
        return _insert(request, collection, form) or form_page(request, collection, form, "add")

    if not form.is_valid():
        return form_page(request, collection, form, "add")
    return once_by_form(
        request, refused_or_added, lambda: done(request, collection, _("The record was added."))
    )


def record(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """One record: a form for those who may change it, else its values."""
    if refused := allow(request, FORM):
        return refused
    if request.method == "POST":
        return _save(request, *record_for(name, id, "change"))
    collection, row = record_for(name, id)
    if row is None:
        raise Http404
    if may(collection, "change", row):
        return form_page(request, collection, RecordForm(collection.in_force, document=row), "edit", row)
    return values_page(request, collection, row)


def delete(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """Asks, then deletes."""
    if refused := allow(request, FORM):
        return refused
    collection, row = record_for(name, id, "delete")
    if row is None:
        raise Http404
    why = ""
    can_undo = goes_back(collection) and may(collection, "add")
    if request.method == "POST":
        try:
            collection.delete_one({"_id": row.id})
        except ValidationError as error:  # other rows of a model need it
            why = " ".join(error.messages)
        else:
            undo = record_address(collection, row.id, "undelete") if can_undo else ""
            return done(request, collection, _("The record was deleted."), undo)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if why else HTTPStatus.OK
    title = title_of(collection.in_force, row)
    return shown(request, collection, "delete", status, row=row, title=title, refused=why, can_undo=can_undo)


def choices(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """The rows that a foreign key may lead to, as options, after those that are chosen.

    For the form of whoever may add or change, and for a filter: that asks for no more than to read.
    """
    if refused := allow(request, READ):
        return refused
    collection = collections.get(name)
    admit(collection)
    column = next((one for one in collection.in_force.visible_columns if one.key == key), None)
    widget = None if column is None else column_type_of(column).form_field(column).widget
    if column is None or not isinstance(widget, ReferenceSelect):
        raise Http404
    if not collection.in_force.is_filterable(key):
        if column not in editable_columns(collection.in_force):
            raise Http404
        if not (may(collection, "add") or may(collection, "change")):
            raise PermissionDenied(_("You may not change these records."))
    filter_name = request.GET.get("name")  # a filter's field has the name of its key in the address
    chosen = [id for id in request.GET.getlist(filter_name or key)[:MOST_CHOICES] if id]
    text = request.GET.get("q", "")[:MOST_CHOICES]
    response = HttpResponse(widget.as_options(chosen, text, offers_none=filter_name is None))
    response["Cache-Control"] = "private, no-store"
    return response


# Who may ----------------------------------------------------------------------------------------------


def record_for(name: str, id: UUID | str, action: Action | None = None) -> tuple[Collection, Row | None]:
    """The collection, and the record that the person may read, or do ``action`` with; ``None`` if it is gone.

    A permission may be for that record alone, so it is looked up first. Whoever is refused is refused
    alike whether there is such a record or not.
    """
    collection = collections.get(name)
    if isinstance(id, str) and collection.declaration.model is None:
        raise Http404  # a document's id is a UUID
    if not current_identity().is_authenticated:
        admit(collection, action)  # a visitor has no permissions, and may have no scope to look in
    row = collection.get(id)
    admit(collection, action, row)
    return collection, row


def admit(collection: Collection, action: Action | None = None, row: Row | None = None) -> None:
    """Pass if the person may read in a browser, or do ``action``, with ``row`` if it is at hand.

    Raises ``ScopeError`` for a visitor who could sign in, else ``PermissionDenied``.
    """
    require(collection.declaration.access, current_identity(), row)
    if action is None or may(collection, action, row):
        return
    if collection.declaration.editable is not False and not current_identity().is_authenticated:
        raise ScopeError(_("Sign in to change this."))
    raise PermissionDenied(_("You may not change these records."))


def may(collection: Collection, action: Action, row: Row | None = None) -> bool:
    """Whether the person may do ``action``: by declaration, and by having a share of the scope at all."""
    declaration, identity = collection.declaration, current_identity()
    has_share = identity.is_authenticated or declaration.scope in ("app", "session")
    return has_share and declaration.may(action, identity, row)


# Saving -----------------------------------------------------------------------------------------------


def add_record(request: HttpRequest, collection: Collection, form: DocumentForm) -> Row | None:
    """The record of a valid form, and a toast that says so; ``None`` where the collection refused it.

    What is wrong stands beside the form's fields then. Who may add is asked before: ``admit``.
    """
    try:
        row = collection.insert_one(form.document)
    except (ValidationError, UnknownKey) as error:
        form.refuse(error)
        return None
    can_undo = goes_back(collection) and may(collection, "delete", row)
    undo = record_address(collection, row.id, "undo", row.version) if can_undo else ""
    say_done(request, _("The record was added."), undo)
    return row


def _insert(request: HttpRequest, collection: Collection, form: RecordForm) -> HttpResponse | None:
    """The answer to a record that was added; ``None`` where the collection refused it."""
    return None if add_record(request, collection, form) is None else done(request, collection)


def _like(request: HttpRequest, collection: Collection) -> Row | None:
    """The record that a new one begins as: a duplicate. Raises ``Http404`` for one that is not there."""
    wanted = request.GET.get("from")
    if wanted is None or request.method == "POST":
        return None
    row = collection.get(wanted)
    if row is None:
        raise Http404
    admit(collection, None, row)
    return row


def _save(request: HttpRequest, collection: Collection, row: Row | None) -> HttpResponse:
    posted = settled(request.POST)
    if row is None:
        return _gone(request, collection, posted)
    form = RecordForm(collection.in_force, posted, request.FILES, document=row)
    if form.is_valid():
        try:
            saved = collection.edit(row.id, form.edits)
        except (ValidationError, UnknownKey) as error:
            form.refuse(error)
        except Conflict as conflict:
            return _conflict_page(request, collection, form, conflict)
        else:
            if saved is None:
                return _gone(request, collection, posted)
            return _saved(request, collection, form, row, saved)
    return form_page(request, collection, form, "edit", row)


def _saved(
    request: HttpRequest, collection: Collection, form: RecordForm, row: Row, saved: Row
) -> HttpResponse:
    if not form.changed_data:
        return done(request, collection)
    can_undo = goes_back(collection) and saved.version > row.version
    undo = record_address(collection, row.id, "undo", saved.version) if can_undo else ""
    return done(request, collection, _("The record was saved."), undo)


def _gone(request: HttpRequest, collection: Collection, posted: QueryDict) -> HttpResponse:
    """A record that is not there, for whatever reason. What was typed is not lost with it."""
    form = RecordForm(collection.in_force, posted, request.FILES) if may(collection, "add") else None
    return shown(request, collection, "gone", HTTPStatus.NOT_FOUND, form=form, once=uuid4().hex)


def _conflict_page(
    request: HttpRequest, collection: Collection, form: RecordForm, conflict: Conflict
) -> HttpResponse:
    return shown(
        request,
        collection,
        "conflict",
        HTTPStatus.CONFLICT,
        row=conflict.current,
        title=title_of(collection.in_force, conflict.current),
        disputed=disputes(form, conflict),
        carried=resubmission(form, conflict),
    )


# Showing ----------------------------------------------------------------------------------------------


def form_page(
    request: HttpRequest,
    collection: Collection,
    form: RecordForm,
    template: str,
    row: Row | None = None,
    status: HTTPStatus | None = None,
    **more: Any,
) -> HttpResponse:
    """A form to add or to edit; one that was sent is there again because it could not be taken."""
    declaration = collection.in_force
    if status is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    about: dict[str, Any] = {"once": request.POST.get("once") or uuid4().hex}
    if row is not None:
        offered = editable_columns(declaration)
        others = tuple(column for column in declaration.visible_columns if column not in offered)
        about = {"values": values_of(others, row), **_about(collection, row)}
    return shown(request, collection, template, status, form=form, **about, **more)


def values_page(request: HttpRequest, collection: Collection, row: Row, **more: Any) -> HttpResponse:
    """A record for those who may only look at it."""
    values = values_of(collection.in_force.visible_columns, row)
    return shown(request, collection, "record", values=values, **_about(collection, row), **more)


def _about(collection: Collection, row: Row) -> dict[str, Any]:
    """What a record's page says besides its fields, and where one goes from it."""
    return {
        "row": row,
        "title": title_of(collection.in_force, row),
        "history": record_address(collection, row.id, "history") if shows_history(collection) else "",
        "may_add": may(collection, "add"),
        "may_delete": may(collection, "delete", row),
    }
