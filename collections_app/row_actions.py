"""What a page offers to do with a row, beyond what every collection has: in the table and in the drawer.

What it is that is done, a lower layer does not know: whoever does registers a reader of the offer that an
address carries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.safestring import SafeString

from collections_app.handle import Collection
from collections_app.rows import Row

__all__ = ["NOTHING_OFFERED", "OFFER", "RowAct", "RowActions", "offered", "read_offers_by"]

OFFER = "offer"  # the key of an address under which an offer travels


@dataclass(frozen=True, slots=True)
class RowAct:
    """One thing to do. Both addresses end where a row's id belongs; without ``do`` one is asked first."""

    label: str
    icon: SafeString
    ask: str
    do: str = ""

    def drawn(self, id: str, *, is_small: bool) -> SafeString:
        """A link to where one is asked, which a script does at once where nothing has to be asked."""
        ask = escape(f"{self.ask}{quote(id, safe='')}")
        if self.do:
            do = escape(f"{self.do}{quote(id, safe='')}")
            # Its address is no place to be in: the table around it says that those are.
            how = f'hx-post="{do}" hx-target="this" hx-swap="none" hx-push-url="false" hx-sync="this:drop"'
            how = f"{how} data-act"
        else:
            how = "data-drawer-link"
        label, look = escape(self.label), "btn"
        if is_small:
            look = "btn btn-ghost-secondary btn-icon" if self.icon else "btn btn-ghost-secondary btn-sm"
        words = f'<span class="row-act-words">{label}</span>'
        return SafeString(
            f'<a class="{look} row-act" href="{ask}" {how} title="{label}">{self.icon}{words}</a>'
        )


@dataclass(frozen=True)
class RowActions:
    """What a table offers, and the offer as its rows' addresses carry it."""

    acts: tuple[RowAct, ...] = ()
    offer: str = ""


NOTHING_OFFERED = RowActions()

# Reads the offer of a request for a row of a collection: what of it the person may do.
OfferReader = Callable[[HttpRequest, Collection, Row], Sequence[RowAct]]

_readers: list[OfferReader] = []


def read_offers_by(reader: OfferReader) -> None:
    """Say who knows what an offer means; without a reader a record's page offers nothing of the kind."""
    _readers[:] = [reader]


def offered(request: HttpRequest, collection: Collection, row: Row | None) -> list[SafeString]:
    """What may be done with a row, drawn, by the offer that the page's address carries."""
    if row is None or not request.GET.get(OFFER):
        return []
    return [act.drawn(row.id, is_small=False) for read in _readers for act in read(request, collection, row)]
