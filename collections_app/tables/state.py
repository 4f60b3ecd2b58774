"""The one place where a table's sort, page, size and filters are read from an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.tables.spec import TableSpec

__all__ = ["Filter", "TableState"]

PAGE_LIMIT = 100_000  # past it, no person pages on; a database would walk through everything before it
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Filter:
    """A column that must equal a value: ``text`` as the address has it, ``value`` as it is stored."""

    column: Column
    text: str
    value: Any


@dataclass(frozen=True)
class TableState:
    """What an address asks of one table. Its keys begin with the table's prefix::

        ?threads-sort=-priority&threads-page=2&threads-size=50&threads-is-status=open

    ``sort`` is empty where the table's own order holds.
    """

    prefix: str
    path: str
    others: tuple[tuple[str, str], ...]  # all other keys of the address, which every link keeps
    sort: str
    page: int
    per_page: int
    filters: tuple[Filter, ...]
    page_size: int  # the size that needs no saying

    @classmethod
    def from_request(
        cls, request: HttpRequest, prefix: str, spec: TableSpec, path: str | None = None
    ) -> TableState:
        """Read the address. Raises ``BadInput`` that names the key and the legal values."""
        query = request.GET
        sort, page, size, filtered = (f"{prefix}-{name}" for name in ("sort", "page", "size", "is-"))
        return cls(
            prefix=prefix,
            path=request.path if path is None else path,
            others=tuple(
                (key, value)
                for key, values in query.lists()
                if key not in (sort, page, size) and not key.startswith(filtered)
                for value in values
            ),
            sort=_sort(query, sort, spec),
            page=_page(query, page),
            per_page=_per_page(query, size, spec),
            filters=_filters(query, filtered, spec),
            page_size=spec.page_size,
        )

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    def url(
        self,
        *,
        page: int = 1,
        sort: str | None = None,
        per_page: int | None = None,
        without: str | None = None,
        clear: bool = False,
    ) -> str:
        """The address of another view of the same page: every key of others stays as it is.

        ``without`` leaves out the filter of one column, ``clear`` all of them.
        """
        if sort is None and per_page is None and without is None and not clear:
            query = self._same_view  # what a page's number is added to, link after link
        else:
            query = urlencode([*self.others, *self.pairs(sort, per_page, without, clear)])
        if page != 1:
            query = f"{query}{'&' if query else ''}{self._page_key}={page}"
        return f"{self.path}?{query}" if query else self.path

    @cached_property
    def _same_view(self) -> str:
        return urlencode([*self.others, *self.pairs()])

    @cached_property
    def _page_key(self) -> str:
        return quote_plus(f"{self.prefix}-page")

    def pairs(
        self,
        sort: str | None = None,
        per_page: int | None = None,
        without: str | None = None,
        clear: bool = False,
    ) -> list[tuple[str, str]]:
        """The keys and values of this table, without its page; what needs no saying is left out."""
        sort = self.sort if sort is None else sort
        per_page = per_page or self.per_page
        pairs = [(f"{self.prefix}-sort", sort)] if sort else []
        if per_page != self.page_size:
            pairs.append((f"{self.prefix}-size", str(per_page)))
        kept = () if clear else (item for item in self.filters if item.column.key != without)
        return [*pairs, *((f"{self.prefix}-is-{item.column.key}", item.text) for item in kept)]


def _once(query: QueryDict, key: str) -> str | None:
    values = query.getlist(key)
    if len(values) > 1:
        raise _refused(key, _("Give it once."))
    return values[0] if values else None


def _sort(query: QueryDict, key: str, spec: TableSpec) -> str:
    value = _once(query, key)
    if value is None:
        return ""
    legal = spec.sort_values()
    if value not in legal:
        # A hidden column, one that may not be sorted and one that never was: the same words.
        choice = ", ".join(legal) or _("nothing; this table is not sortable")
        raise _refused(key, _("Sort by one of: %(legal)s.") % {"legal": choice})
    return value


def _page(query: QueryDict, key: str) -> int:
    value = _once(query, key)
    if value is None:
        return 1
    if not _WHOLE.fullmatch(value) or int(value) > PAGE_LIMIT:
        raise _refused(key, _("Use a whole number from 1 to %(limit)s.") % {"limit": PAGE_LIMIT})
    return int(value)


def _per_page(query: QueryDict, key: str, spec: TableSpec) -> int:
    value = _once(query, key)
    if value is None:
        return spec.page_size
    limit = int(settings.CAPSULE_PAGE_SIZE_LIMIT)
    if not _WHOLE.fullmatch(value) or int(value) > limit:
        raise _refused(key, _("Use a whole number from 1 to %(limit)s.") % {"limit": limit})
    return int(value)


def _filters(query: QueryDict, begin: str, spec: TableSpec) -> tuple[Filter, ...]:
    columns = {column.key: column for column in spec.filterable}
    found = []
    for key in query:
        if not key.startswith(begin):
            continue
        column = columns.get(key.removeprefix(begin))
        if column is None:
            legal = ", ".join(columns) or _("nothing; this table has no filters")
            raise _refused(key, _("Filter by one of: %(legal)s.") % {"legal": legal})
        text = _once(query, key)
        if text:  # an empty one is the form's way to say "any"
            found.append(Filter(column, text, _parsed(key, column, text)))
    return tuple(found)


def _parsed(key: str, column: Column, text: str) -> Any:
    try:
        return column_type_of(column).parse(column, text)
    except ValidationError as error:
        raise _refused(key, " ".join(error.messages)) from None


def _refused(key: str, sentence: str) -> BadInput:
    message = _("This address asks something of the table that it does not have.")
    return BadInput(message, {key[:100]: [sentence]})
