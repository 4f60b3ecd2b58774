"""The record drawer in every state: its own templates, with a record that is made up here."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from capsule.sources import SOURCE_WORDS
from collections_app.columns import cell_of
from collections_app.declarations import Declaration
from collections_app.following import News, merged
from collections_app.handle import Collection
from collections_app.history.entries import Entry
from collections_app.history.wording import ACTIONS
from collections_app.record_form import RecordForm
from collections_app.rows import Row
from collections_app.settling import Disputed, code
from collections_app.showing import values_of
from pages.gallery.states import state
from pages.gallery.tables import BEGIN, COLUMNS

__all__ = ["DECLARATION", "TEMPLATES"]

DECLARATION = Declaration("states", COLUMNS, label="Threads", editable=True)
DOCUMENT = {
    "subject": "The printer is out of ink",
    "status": "open",
    "priority": 3,
    "value": "1204.5",
    "received": "2026-03-02T09:30:00.000000Z",
    "tags": ["hardware", "urgent"],
    "site": "https://example.com/printers",
    "sender": "ana@example.com",
    "done": False,
    "progress": 40,
}
ID = "0190a000-0000-7000-8000-000000000001"
# Whatever the drawer is filled with; a new template without a state fails a test.
TEMPLATES = ("add", "conflict", "delete", "edit", "gone", "history", "record", "restore")


def _row(**values: Any) -> Row:
    document = {**DOCUMENT, **values}
    # Nothing is asked of its collection: the row is only looked at.
    return Row(cast(Collection, None), ID, document, 4, BEGIN, BEGIN, "app")


def _drawn(request: HttpRequest, template: str, row: Row | None = None, **context: Any) -> SafeString:
    about = {
        "collection": DECLARATION,
        "base": "collections_app/drawer_base.html",
        "in_drawer": True,
        "next": "/",
        "here": request.path,
        "record_url": request.path,
        "row": row,
        "row_version": row and row.version,
        "row_changed": row and row.updated_at,
        "title": "" if row is None else row["subject"],
        "once": "0" * 32,
        **context,
    }
    html: str = render_to_string(f"collections_app/{template}.html", about, request)
    # The page has a drawer of its own, which is closed: no id stands twice.
    for name in ("drawer", "drawer-title", "drawer-news", "messages"):
        html = html.replace(f'id="{name}"', f'id="state-{name}"')
    return format_html('<div class="card state-drawer">{}</div>', SafeString(html))


def _posted(**values: str) -> QueryDict:
    data = QueryDict(mutable=True)
    for key, value in DOCUMENT.items():
        data[key] = ", ".join(value) if isinstance(value, list) else str(value)
    data.update(values)
    return data


@state("drawer", "add", "An empty form for a new record.", "drawer:add")
def add(request: HttpRequest) -> SafeString:
    return _drawn(request, "add", form=RecordForm(DECLARATION))


@state("drawer", "edit", "A record and its form, with other data and a history.", "drawer:edit")
def edit(request: HttpRequest) -> SafeString:
    row = _row(channel={"kind": "mail", "id": 41})
    form = RecordForm(DECLARATION, document=row)
    return _drawn(request, "edit", row, form=form, history=request.path, may_add=True, may_delete=True)


@state(
    "drawer", "not-accepted", "What is wrong stands beside its field, what was typed in it.", "drawer:edit"
)
def not_accepted(request: HttpRequest) -> SafeString:
    row = _row()
    form = RecordForm(DECLARATION, _posted(sender="nobody", priority="many", **_seen(row)), document=row)
    return _drawn(request, "edit", row, form=form, may_delete=True)


def _seen(row: Row) -> dict[str, str]:
    return dict(RecordForm(DECLARATION, document=row).seen_pairs)


@state(
    "drawer", "changed-elsewhere", "Somebody else saved while it was open: what was typed stays, marked.",
    "drawer:edit",
)  # fmt: skip
def changed_elsewhere(request: HttpRequest) -> SafeString:
    typed = _posted(priority="4", **_seen(_row()))
    row = _row(status="closed", priority=1)
    form, elsewhere = merged(DECLARATION, typed, row)
    news = News(_entry(), str(ACTIONS["update"]), ", ".join(str(label) for label in elsewhere))
    return _drawn(request, "edit", row, form=form, news=news, follow=request.path, may_delete=True)


@state(
    "drawer", "deleted-elsewhere", "It is gone while it was open: it stays, with the way back.", "drawer:edit"
)
def deleted_elsewhere(request: HttpRequest) -> SafeString:
    row = _row()
    news = News(_entry(), str(ACTIONS["delete"]), is_gone=True, undelete=request.path)
    form = RecordForm(DECLARATION, document=row)
    return _drawn(request, "edit", row, form=form, news=news, follow=request.path)


def _entry() -> Entry:
    return cast(Entry, SimpleNamespace(who="Ana Example", at=BEGIN))


@state("drawer", "conflict", "Somebody else saved first: both values, one by one.", "drawer:conflict")
def conflict(request: HttpRequest) -> SafeString:
    disputed = [
        _disputed("status", "waiting", "closed"),
        _disputed("priority", 2, 4),
        Disputed("settle.channel", "channel", code({"kind": "mail", "id": 41}), code("phone")),
    ]
    return _drawn(request, "conflict", _row(), disputed=disputed, carried=[])


def _disputed(key: str, mine: Any, theirs: Any) -> Disputed:
    column = DECLARATION.column(key)
    return Disputed(
        f"settle-{key}", column.title, cell_of(column, {key: mine}), cell_of(column, {key: theirs})
    )


@state("drawer", "gone", "Deleted meanwhile: what was typed may be added anew.", "drawer:gone")
def gone(request: HttpRequest) -> SafeString:
    return _drawn(request, "gone", form=RecordForm(DECLARATION, _posted()))


@state("drawer", "delete", "Asks first, and says whether it can be taken back.", "drawer:delete")
def delete(request: HttpRequest) -> SafeString:
    return _drawn(request, "delete", _row(), can_undo=True)


@state("drawer", "read-only", "For somebody who may not change it.", "drawer:record")
def read_only(request: HttpRequest) -> SafeString:
    row = _row()
    return _drawn(request, "record", row, values=values_of(DECLARATION.visible_columns, row))


@state("drawer", "history", "Who changed what, when and from where, and the ways back.", "drawer:history")
def history(request: HttpRequest) -> SafeString:
    column = DECLARATION.column("status")
    changes = [(column.title, cell_of(column, {"status": "new"}), cell_of(column, {"status": "open"}))]
    entry = {"who": "Ana Example", "at": BEGIN, "version": 4, "is_cut": False}
    shown = {"entry": entry, "source": SOURCE_WORDS["page"], "when": "2 March", "is_deletion": False}
    first = {**shown, "action": ACTIONS["update"], "changes": changes, "restore": request.path}
    second = {
        **shown,
        "action": ACTIONS["insert"],
        "changes": [],
        "restore": "",
        "entry": {**entry, "version": 1},
    }
    return _drawn(request, "history", _row(), entries=[first, second], address=request.path)


@state("drawer", "restore", "Asks before a record becomes what it was.", "drawer:restore")
def restore(request: HttpRequest) -> SafeString:
    column = DECLARATION.column("status")
    changes = [(column.title, cell_of(column, {"status": "open"}), cell_of(column, {"status": "new"}))]
    return _drawn(request, "restore", _row(), version=1, changes=changes)


@state("drawer", "very-long-text", "A text without end, and words without a space.", "drawer:record")
def very_long(request: HttpRequest) -> SafeString:
    row = _row(
        subject="W" * 400, site=f"https://example.com/{'a' * 300}", tags=[f"tag-{n}" for n in range(60)]
    )
    return _drawn(request, "record", row, values=values_of(DECLARATION.visible_columns, row))


@state("drawer", "right-to-left", "Arabic, with numbers and Latin names in it.", "drawer:edit", language="ar")
def right_to_left(request: HttpRequest) -> SafeString:
    row = _row(subject="الطابعة خالية من الحبر")
    declaration = replace(DECLARATION, label="المحادثات")
    form = RecordForm(declaration, document=row)
    return _drawn(request, "edit", row, collection=declaration, form=form, may_delete=True)
