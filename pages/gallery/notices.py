"""A widget that cannot be shown, and a table whose request failed, that changed elsewhere, or is offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadInput, ScopeError, TimedOut
from capsule.widgets import Widget
from collections_app.tables.sources import PageOfRows
from pages.gallery.states import state
from pages.gallery.tables import KEY, Shown, drawn, rows

__all__ = ["connection_words", "request_notices"]


# Instead of the widget -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failing(Widget):
    """A widget that raises."""

    kind: ClassVar[str] = "table"
    why: Callable[[], Exception] = Exception

    def render(self, request: HttpRequest) -> SafeString:
        raise self.why()


@state("table", "signed-out", "A visitor where one has to sign in.", "notice:signed_out")
def signed_out(request: HttpRequest) -> Widget:
    return Failing(key=KEY, why=ScopeError)


@state("table", "no-permission", "Somebody who may not see it.", "notice:refused")
def no_permission(request: HttpRequest) -> Widget:
    return Failing(key=KEY, why=PermissionDenied)


@state("table", "mistake", "An address that asks what the table does not have.", "notice:mistake")
def mistake(request: HttpRequest) -> Widget:
    fields = {"states-sort": ["Sort by one of: subject, -subject."]}
    return Failing(key=KEY, why=lambda: BadInput("This address asks something of the table.", fields))


@state(
    "table", "failed", "An error of ours: says that it was recorded, offers to try again.", "notice:failed"
)
def failed(request: HttpRequest) -> Widget:
    return Failing(key=KEY, why=lambda: RuntimeError("a secret detail, which nobody is shown"))


@dataclass(frozen=True)
class Slow(Failing):
    """A metric of which the handler takes longer than it may."""

    kind: ClassVar[str] = "metric"


@state("metric", "timed-out", "Its handler took too long: says so, offers to try again.", "notice:timed_out")
def timed_out(request: HttpRequest) -> Widget:
    return Slow(
        key=KEY, why=lambda: TimedOut(_("This takes too long. Try again in a moment, or ask for less."))
    )


# Where a request of the page failed ----------------------------------------------------------------------
# The words are the product's own: cut out of the templates that requests.js and refresh.js take them from.

FAILED = {
    "network": "No network: nothing that was typed is lost, and one may try again.",
    "timeout": "No answer in time.",
    "401": "Signed out meanwhile: signing in leads back, and sends what was pending.",
    "csrf": "A page too old to save from.",
    "403": "Not allowed, said where it was tried.",
    "404": "Gone: deleted, or another's.",
    "409": "Somebody else changed it meanwhile.",
    "413": "Too large to send.",
    "422": "Not accepted.",
    "429": "Too many requests.",
    "503": "Busy for a moment.",
    "500": "An error of ours.",
    "strange": "An answer that is none of ours.",
    "restored": "Back from signing in, with what had been typed.",
}
CONNECTION = {
    "offline": "No connection: what is seen may be old.",
    "reconnecting": "The connection was lost, and is tried again.",
    "signed_out": "Signed out in this tab's session.",
    "someone_else": "Another tab signed out, or acts for somebody else.",
    "gone": "The page is gone, or no longer one's own to see.",
    "expired": "Too old to follow what changes.",
}


def request_notices() -> dict[str, SafeString]:
    """What is said where a request failed, by the name that requests.js knows it by."""
    return _pieces(render_to_string("capsule/_notices.html"), "data-notice")


def connection_words() -> dict[str, SafeString]:
    """What is said of the connection, by the name that refresh.js knows it by."""
    return _pieces(render_to_string("live/_words.html"), "data-connection")


def _pieces(html: str, attribute: str) -> dict[str, SafeString]:
    # Each is an element of the first level: it ends where the next begins, or its template.
    found = re.findall(
        rf'(<div class="[^"]*"[^>]* {attribute}="([^"]+)">.*?</div>)\s*'
        r'(?=<div class="alert|<small|</template>)',
        html,
        re.DOTALL,
    )
    return {name: SafeString(piece) for piece, name in found}


def _table(request: HttpRequest) -> SafeString:
    return drawn(request, Shown(PageOfRows(rows(5), 5, has_next=False)))


def _said_in_the_table(name: str) -> Callable[[HttpRequest], SafeString]:
    """The notice where requests.js places it: within the table's element, before all else."""
    return lambda request: _within(_table(request), request_notices()[name])


def _said_above(name: str) -> Callable[[HttpRequest], SafeString]:
    """The words of the connection, in the region that stands on every page for them."""
    return lambda request: SafeString(
        f'<div class="connection" role="status">{connection_words()[name]}</div>{_table(request)}'
    )


def _within(table: SafeString, first: str) -> SafeString:
    opening = table.index(">") + 1
    return SafeString(f"{table[:opening]}{first}{table[opening:]}")


for _name, _says in FAILED.items():
    state("request", f"table-{_name}", _says, f"request:{_name}")(_said_in_the_table(_name))
for _name, _says in CONNECTION.items():
    state("connection", _name.replace("_", "-"), _says, f"connection:{_name}")(_said_above(_name))


# What others did, and what is on its way --------------------------------------------------------------------


@state("table", "loading", "On its way: after 300 milliseconds the rows are bars.", "live:is-loading")
def loading(request: HttpRequest) -> SafeString:
    return SafeString(
        _table(request).replace(
            'class="card data-table"', 'class="card data-table is-loading" aria-busy="true"', 1
        )
    )


def _marked(request: HttpRequest, mark: str) -> SafeString:
    """The first row as placing.js marks it."""
    row = '<tr role="row" id'
    return SafeString(_table(request).replace(row, row.replace(" id", f' class="{mark}" id'), 1))


@state("table", "changed-elsewhere", "A row that somebody else changed, marked a while.", "live:is-changed")
def changed_elsewhere(request: HttpRequest) -> SafeString:
    return _marked(request, "is-changed")


@state("table", "new-row", "A row that came by itself, marked for a moment.", "live:is-new")
def new_row(request: HttpRequest) -> SafeString:
    return _marked(request, "is-new")


@state("table", "gone-elsewhere", "A row that somebody else deleted while one was in it.", "live:is-gone")
def gone_elsewhere(request: HttpRequest) -> SafeString:
    return _marked(request, "is-gone")


@state("table", "rows-wait", "New rows wait until the hand is off the old ones.", "live:live-pill")
def rows_wait(request: HttpRequest) -> SafeString:
    pill = re.search(
        r'<button class="[^"]*live-pill".*?</button>', render_to_string("live/_words.html"), re.DOTALL
    )
    words = "" if pill is None else pill[0].replace("<span data-count></span>", "<span data-count>12</span>")
    return _within(_table(request), re.sub(r"<span data-changed>.*?</span>", "", words))
