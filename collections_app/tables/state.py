"""What an address asks of a table: order, page, size, conditions, search and columns.

What is read here drives the rows, their count, the export and every refresh, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_plus

from django.http import HttpRequest
from django.utils.http import urlencode

from collections_app.exporting import Format
from collections_app.tables.address import EXPORT, Address
from collections_app.tables.filters import Condition
from collections_app.tables.spec import TableSpec

__all__ = ["TableState"]


@dataclass(frozen=True)
class TableState:
    """What an address asks of one table. Its keys begin with the table's prefix::

        ?threads-sort=-priority,subject&threads-q=kettle&threads-is-status=open&threads-is-status=new
        &threads-from-priority=3&threads-page=2&threads-size=50

    ``sort`` is empty where the table's own order holds; ``show`` where all columns are shown. ``at`` is a
    place in the order, ``after.`` or ``before.`` a cursor. A condition or a search that cannot be asked
    keeps its text and says why: then the table asks for no rows at all. With ``export`` the answer is a file
    of all rows, whatever the page.
    """

    prefix: str
    path: str
    others: tuple[tuple[str, str], ...]  # all other keys of the address, which every link keeps
    sort: tuple[str, ...]
    page: int
    at: str
    per_page: int
    conditions: tuple[Condition, ...]
    search: str
    words: tuple[str, ...]  # of the search, as they are looked for
    search_problem: str
    show: tuple[str, ...]
    counts_exactly: bool
    page_size: int  # the size that needs no saying
    export: Format | None = None

    @classmethod
    def from_request(
        cls, request: HttpRequest, prefix: str, spec: TableSpec, path: str | None = None
    ) -> TableState:
        """Read the address. Raises ``BadInput`` that names the key and the legal values."""
        asked = Address(request.GET, prefix, spec)
        search, words, problem = asked.search()
        return cls(
            prefix=prefix,
            path=request.path if path is None else path,
            others=tuple(asked.others()),
            sort=asked.sort(),
            page=asked.page(),
            at=asked.place(),
            per_page=asked.per_page(),
            conditions=asked.conditions(),
            search=search,
            words=words,
            search_problem=problem,
            show=asked.shown(),
            counts_exactly=asked.counts_exactly(),
            page_size=spec.page_size,
            export=asked.export(),
        )

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @property
    def narrows(self) -> bool:
        """Whether conditions or a search leave rows out."""
        return bool(self.conditions or self.search)

    @property
    def is_wrong(self) -> bool:
        """Whether something that was typed cannot be asked."""
        return bool(self.search_problem or any(one.problem for one in self.conditions))

    def url(
        self,
        *,
        page: int = 1,
        at: str = "",
        sort: tuple[str, ...] | None = None,
        per_page: int | None = None,
        without: str | None = None,
        clear: bool = False,
        exactly: bool | None = None,
    ) -> str:
        """The address of another view of the same page: every key of others stays as it is.

        ``without`` leaves out what is asked of one column, ``clear`` that of all and the search.
        """
        if sort is None and per_page is None and without is None and not clear and exactly is None:
            query = self._same_view  # what a page's number is added to, link after link
        else:
            query = urlencode([*self.others, *self.pairs(sort, per_page, without, clear, exactly)])
        if page != 1:
            query = f"{query}{'&' if query else ''}{self._page_key}={page}"
        elif at:
            query = f"{query}{'&' if query else ''}{quote_plus(f'{self.prefix}-at')}={quote_plus(at)}"
        return f"{self.path}?{query}" if query else self.path

    def export_url(self, format: Format) -> str:
        """The address that answers with a file of all that is asked for here."""
        return f"{self.path}?{urlencode([*self.others, *self.pairs(), (f'{self.prefix}-{EXPORT}', format)])}"

    @cached_property
    def _same_view(self) -> str:
        return urlencode([*self.others, *self.pairs()])

    @cached_property
    def _page_key(self) -> str:
        return quote_plus(f"{self.prefix}-page")

    def pairs(
        self,
        sort: tuple[str, ...] | None = None,
        per_page: int | None = None,
        without: str | None = None,
        clear: bool = False,
        exactly: bool | None = None,
    ) -> list[tuple[str, str]]:
        """The keys and values of this table, without its page; what needs no saying is left out."""
        prefix = self.prefix
        pairs = self.frame_pairs(sort, per_page)
        if self.search and not clear:
            pairs.append((f"{prefix}-q", self.search))
        if not clear:
            pairs += [
                (f"{prefix}-{one.operator}-{one.column.key}", one.text)
                for one in self.conditions
                if one.column.key != without
            ]
        if (self.counts_exactly if exactly is None else exactly) and not (clear or without):
            pairs.append((f"{prefix}-count", "exact"))
        return pairs

    def frame_pairs(
        self, sort: tuple[str, ...] | None = None, per_page: int | None = None
    ) -> list[tuple[str, str]]:
        """Those that say how rows are shown, and not which."""
        sort = self.sort if sort is None else sort
        per_page = per_page or self.per_page
        pairs = [(f"{self.prefix}-sort", ",".join(sort))] if sort else []
        if per_page != self.page_size:
            pairs.append((f"{self.prefix}-size", str(per_page)))
        return [*pairs, *((f"{self.prefix}-show", key) for key in self.show)]
