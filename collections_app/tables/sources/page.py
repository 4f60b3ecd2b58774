"""What every source gives: one page of rows, or all of them, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from capsule.errors import BadInput
from collections_app.tables.matches import COUNT_LIMIT
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["COUNT_LIMIT", "PageOfRows", "Rows", "Source", "lost_place", "no_such_page"]

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PageOfRows:
    """The rows of one page, and what leads to the others.

    ``total`` is ``None`` where nobody counted on past ``COUNT_LIMIT``; or, where ``is_countable`` is false,
    where nobody can say. A page with a ``number`` is one of numbered pages; the others lead on by ``before``
    and ``after``, the places of ``Query.page``.
    """

    rows: Rows
    total: int | None
    has_next: bool
    number: int | None = 1
    has_previous: bool = False
    before: str = ""
    after: str = ""
    is_countable: bool = True

    def pages(self, per_page: int) -> int | None:
        """How many numbered pages there are, if they are numbered."""
        if self.total is None or self.number is None:
            return None
        return max(1, -(-self.total // per_page))


class Source(Protocol):
    """Where rows come from. What it cannot do, its ``TableSpec`` does not offer."""

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        """The page that the address asks for. Raises ``BadInput``."""
        ...

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        """All rows that the pages together would show, in their order."""
        ...


def no_such_page(state: TableState) -> BadInput:
    """The refusal of a page whose number is past those that are numbered."""
    most = COUNT_LIMIT // state.per_page
    sentence = _("A page has a number up to %(most)s; “Next page” leads on from there.") % {"most": most}
    return BadInput(_("There is no such page."), {f"{state.prefix}-page": [sentence]})


def lost_place(state: TableState) -> BadInput:
    """The refusal of a place that is none here."""
    sentence = _("This place in the table is gone: it belongs to another order, filter or person.")
    return BadInput(_("Begin with the first page."), {f"{state.prefix}-at": [sentence]})
