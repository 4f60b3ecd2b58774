"""What was done to a record, and the ways back: an earlier version, the last change, a deleted record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from capsule.errors import BadInput, ScopeError
from capsule.http import allow, safe_next
from capsule.identity import current_identity
from capsule.sealing import BadSeal, seal, unseal
from capsule.sources import SOURCE_WORDS
from collections_app.declaring import collections
from collections_app.editing import Edits
from collections_app.errors import Conflict, IdTaken, NotInHistory
from collections_app.forms import editable_columns
from collections_app.handle import Collection
from collections_app.history.entries import Change, Entry, document_at
from collections_app.history.logbook import differences
from collections_app.history.wording import (
    ACTIONS,
    ShownChange,
    reasons_of,
    visible_changes,
    when_in_words,
)
from collections_app.paths import MISSING
from collections_app.record_form import may_be_written
from collections_app.rows import Row
from collections_app.showing import (
    address_of,
    done,
    goes_back,
    record_address,
    shown,
    shows_history,
    title_of,
)
from collections_app.views import FORM, READ, admit, may, record_for

__all__ = ["history", "restore", "undelete", "undo"]

PAGE = 20  # entries
LOOKED_AT = 50  # entries in which an Undo finds its own
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class ShownEntry:
    """An entry as a person reads it: no hidden column is in it."""

    entry: Entry
    action: Any
    source: Any
    when: str
    changes: list[ShownChange]
    restore: str  # the address, or nothing

    @property
    def is_deletion(self) -> bool:
        return self.entry.action == "delete"


def history(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """What was done to a record, the newest first; ``?before=`` goes on where a page ended.

    ``?latest`` is who changed it last, and when, in a line: what a table says of a row that others changed.
    """
    if refused := allow(request, READ):
        return refused
    is_part = request.headers.get("HX-Request") == "true"
    if is_part and "latest" in request.GET:
        return _latest(request, name, id)
    collection, row = _told(*record_for(name, id))
    before = _opened(row, request.GET["before"]) if "before" in request.GET else None
    found = collection.history(row.id, limit=PAGE + 1, before=before)
    may_change = may(collection, "change", row)
    restorable = row if may_change and goes_back(collection) else None
    context: dict[str, Any] = {
        "row": row,
        "title": title_of(collection.in_force, row),
        "entries": [_shown(collection, entry, restorable, may_change) for entry in found[:PAGE]],
        "older": seal(found[PAGE - 1].number, _salt(row)) if len(found) > PAGE else None,
        "address": record_address(collection, row.id, "history"),
    }
    if is_part:
        return render(request, "collections_app/_history.html", context)
    return shown(request, collection, "history", **context)


def _latest(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """Nothing to say of a record that is gone again, or another's: a table asks for what it just showed."""
    try:
        collection, row = _told(*record_for(name, id))
    except Http404:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    entries = [_shown(collection, entry, None, False) for entry in collection.history(row.id, limit=1)]
    return render(request, "collections_app/_latest.html", {"entries": entries})


def restore(request: HttpRequest, name: str, id: UUID | str, version: int) -> HttpResponse:
    """Asks whether a record shall be again what it was at an earlier version, and writes it on POST."""
    if refused := allow(request, FORM):
        return refused
    collection, row = _told(*record_for(name, id, "change"))
    if not goes_back(collection) or version > row.version:
        raise Http404
    why, status = "", HTTPStatus.OK
    if request.method == "POST":
        try:
            seen = _number(request.POST.get("seen", ""))
            saved = collection.restore(row.id, version, seen=seen, keeping=_kept(collection))
        except Conflict as conflict:
            row, status = conflict.current, HTTPStatus.CONFLICT
            why = _("Somebody else changed this meanwhile. This is what going back would change now.")
        except ValidationError as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            why = _misfit(collection, error)
        except NotInHistory:
            raise Http404 from None
        else:
            undo = record_address(collection, row.id, "undo", saved.version)
            sentence = _("Version %(version)s was restored.") % {"version": version}
            return done(request, collection, sentence, undo if saved.version > seen else "")
    changes = _changes_to(collection, row, version)
    title = title_of(collection.in_force, row)
    return shown(
        request,
        collection,
        "restore",
        status,
        row=row,
        title=title,
        version=version,
        changes=changes,
        refused=why,
    )


def undo(request: HttpRequest, name: str, id: UUID | str, version: int) -> HttpResponse:
    """Take back what the person's own change made that version of; what others changed since stays."""
    if refused := allow(request, ("POST",)):
        return refused
    collection, row = _remembered(*record_for(name, id))
    entry = _own_entry(collection, row, version)
    admit(collection, "delete" if entry is not None and entry.action == "insert" else "change", row)
    if entry is None or entry.is_cut:
        return _said(request, collection, _("This cannot be undone any more."), HTTPStatus.CONFLICT)
    try:
        if entry.action == "insert":
            collection.delete_one({"_id": row.id}, version=version)
        else:
            collection.edit(row.id, _edits_back(collection, entry))
    except Conflict:
        sentence = _("Somebody else changed this since. Nothing was undone: look at its history.")
        return _said(request, collection, sentence, HTTPStatus.CONFLICT)
    except ValidationError as error:
        return _said(request, collection, _misfit(collection, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _said(request, collection, _("It is as it was before."))


def undelete(request: HttpRequest, name: str, id: UUID | str) -> HttpResponse:
    """Bring a deleted record back, under its id. Sent twice, it is back once."""
    if refused := allow(request, ("POST",)):
        return refused
    collection = collections.get(name)
    admit(collection, "delete")
    admit(collection, "add")
    if not goes_back(collection):
        raise Http404
    try:
        collection.undelete(id)
    except NotInHistory:
        raise Http404 from None
    except ValidationError as error:
        return _said(request, collection, _misfit(collection, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except IdTaken:
        pass
    return _said(request, collection, _("The record is back."))


def _remembered(collection: Collection, row: Row | None) -> tuple[Collection, Row]:
    if row is None or not collection.declaration.history:
        raise Http404
    return collection, row


def _told(collection: Collection, row: Row | None) -> tuple[Collection, Row]:
    """The same, for whoever may look into the past. Raises ``ScopeError`` for a visitor who could sign in."""
    if collection.declaration.history and not shows_history(collection):
        raise ScopeError(_("Sign in to see this."))
    return _remembered(collection, row)


def _said(
    request: HttpRequest, collection: Collection, sentence: str, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """How taking back went: in the toast that offered it, else on the page that comes."""
    level = "success" if status == HTTPStatus.OK else "warning"
    if request.headers.get("HX-Request") == "true":
        message = Message(getattr(messages, level.upper()), sentence)
        return render(request, "capsule/_toast.html", {"message": message}, status=status)
    getattr(messages, level)(request, sentence)
    return HttpResponseRedirect(safe_next(request, address_of(collection)))


def _misfit(collection: Collection, error: ValidationError) -> str:
    reasons = reasons_of(error, collection.in_force)
    return _("It does not fit any more: %(reasons)s") % {"reasons": reasons}


# Going back -------------------------------------------------------------------------------------------


def _own_entry(collection: Collection, row: Row, version: int) -> Entry | None:
    """The person's own change that made that version of a record, if the history still knows it."""
    if not goes_back(collection):
        return None
    user_id = current_identity().user_id
    mine = None if user_id is None else str(user_id)
    for entry in collection.history(row.id, limit=LOOKED_AT):
        if entry.version == version and entry.action in ("insert", "update", "restore"):
            return entry if entry.user_id == mine else None
    return None


def _edits_back(collection: Collection, entry: Entry) -> Edits:
    """The edits that take a change back, of the keys that the person may write."""
    declaration = collection.in_force
    own = {column.key for column in editable_columns(declaration)}
    return {
        key: (change.after, change.before if key in entry.before else MISSING)
        for key, change in entry.changes.items()
        if key in own or may_be_written(declaration, key)
    }


def _kept(collection: Collection) -> frozenset[str]:
    """The keys that no browser changes: hidden columns, and those that are not editable."""
    declaration = collection.in_force
    own = {column.key for column in editable_columns(declaration)}
    return declaration.hidden_keys | ({column.key for column in declaration.columns} - own)


def _changes_to(collection: Collection, row: Row, version: int) -> list[ShownChange]:
    """What going back to a version would change of what a person sees. Raises ``Http404``."""
    try:
        document = document_at(collection, row, version)
    except NotInHistory:
        raise Http404 from None
    before, after = differences(row.document, document)
    kept = _kept(collection)
    changes = {key: Change(before.get(key), after.get(key)) for key in {**before, **after} if key not in kept}
    return visible_changes(collection.in_force, changes, sees_others=True)  # who goes back may change it


# Showing ----------------------------------------------------------------------------------------------


def _shown(collection: Collection, entry: Entry, row: Row | None, sees_others: bool) -> ShownEntry:
    """``row`` is the record, where it may be restored."""
    restorable = row is not None and entry.action not in ("move", "delete") and entry.version != row.version
    address = record_address(collection, row.id, "restore", entry.version) if row and restorable else ""
    return ShownEntry(
        entry,
        ACTIONS[entry.action],
        SOURCE_WORDS.get(entry.source, entry.source),
        when_in_words(entry.at),
        visible_changes(collection.in_force, entry.changes, sees_others=sees_others),
        address,
    )


def _salt(row: Row) -> str:
    # Sealed, for the numbers of entries count over all scopes: they tell how much others write.
    return f"collections_app.history:{row.id}"


def _opened(row: Row, place: str) -> int:
    """The number of the entry from which a link of ours goes on. Raises ``BadInput``."""
    try:
        return int(unseal(place, _salt(row)))
    except BadSeal:
        raise BadInput(_("This page did not come from here. Load it again.")) from None


def _number(text: str) -> int:
    """A whole number that a form of ours carries. Raises ``BadInput``."""
    if not _NUMBER.fullmatch(text):
        raise BadInput(_("This page did not come from here. Load it again."))
    return int(text)
