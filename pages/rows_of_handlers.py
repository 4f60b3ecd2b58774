"""A data handler as a table's source: one that pages itself, or one that returns its rows all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from capsule.errors import BadInput, TooCostly
from collections_app.tables import ListSource, PageOfRows, Prepared, TableSpec, TableState, Wanted
from collections_app.tables.sources import lost_place
from collections_app.tables.spec import spec_of_rows
from handlers.declarations import Handler
from handlers.returning import expected
from pages.errors import BadEnvelope, BadTable

__all__ = ["RowsOfHandler"]

PAGING = ("page", "per_page", "sort")
MOST_PAGES = 10_000  # of an export


@dataclass(frozen=True)
class RowsOfHandler:
    """The rows that a handler returns for the caller, with ``params``.

    One that takes ``page``, ``per_page`` and ``sort`` and returns ``{"rows": [...], "total": n or None}`` is
    asked for each page; ``sort`` is as in an address, ``"-day,name"``. Of any other the rows are sorted,
    filtered and paged here.
    """

    handler: Handler[..., Any]
    request: HttpRequest
    params: Mapping[str, Any]

    def prepared(self, wanted: Wanted) -> Prepared:
        """Its table: without ``columns=`` those that the first rows have."""
        label = wanted.label or self.handler.name.replace("_", " ").strip().capitalize()
        if not set(PAGING).issubset(self.handler.parameters.fields):
            rows = self._rows(self._called())
            if wanted.filter:
                rows = [r for r in rows if all(r.get(key) == value for key, value in wanted.filter.items())]
            return Prepared(_spec(rows, wanted, label), ListSource(rows))
        if wanted.filter:
            raise BadTable("A handler that pages itself is narrowed by params=, not by filter=.")
        largest = self._most_at_once()
        wanted = replace(wanted, page_size=_size(wanted) if largest is None else min(_size(wanted), largest))
        first = None if wanted.columns is not None else self.page_of(1, _size(wanted), wanted.sort)
        spec = _spec([] if first is None else first.rows, wanted, label)
        sortable = tuple(column for column in spec.sortable if self._sorts_by(column.key))
        spec = replace(spec, sortable=sortable, filterable=(), searched=(), largest=largest)
        return Prepared(spec, _PagedSource(self))

    def page_of(self, page: int, per_page: int, sort: Any) -> _Envelope:
        """A page as the handler gives it. Raises what the handler raises."""
        order = ",".join([sort] if isinstance(sort, str) else sort or ())
        answer = self._called(page=page, per_page=per_page, **({"sort": order} if order else {}))
        if not isinstance(answer, dict) or "rows" not in answer or "total" not in answer:
            sentence = _("“%(name)s” takes a page, and does not return rows and their total.")
            raise BadInput(sentence % {"name": self.handler.name})
        rows, total = self._rows(answer["rows"]), answer["total"]
        if len(rows) > per_page:
            raise BadEnvelope(
                f"'{self.handler.name}' returned {len(rows)} rows for a page of {per_page}. Return at most "
                "per_page rows of what its page names."
            )
        if total is not None and (isinstance(total, bool) or not isinstance(total, int) or total < 0):
            raise BadEnvelope(
                f"'{self.handler.name}' returned total={total!r}: give a whole number, or None."
            )
        return _Envelope(rows, total)

    def _called(self, **paging: Any) -> Any:
        return expected(self.handler, self.handler.plain(self.request, **{**self.params, **paging}))

    def _rows(self, rows: Any) -> list[Mapping[str, Any]]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            sentence = _("“%(name)s” does not return rows, so no table can show it.")
            raise BadInput(sentence % {"name": self.handler.name})
        return rows

    def _most_at_once(self) -> int | None:
        """Rows that the handler gives for a page, as its ``per_page`` says: ``Field(le=50)``."""
        most = self.handler.parameters.fields["per_page"].schema.get("maximum")
        return most if isinstance(most, int) and most > 0 else None

    def _sorts_by(self, key: str) -> bool:
        """Whether the handler takes the key in both directions; one that lists none takes all."""
        options = self.handler.parameters.fields["sort"].options
        return not options or {key, f"-{key}"}.issubset(options)


@dataclass(frozen=True)
class _Envelope:
    rows: list[Mapping[str, Any]]
    total: int | None


@dataclass(frozen=True)
class _PagedSource:
    own: RowsOfHandler

    def page(self, spec: TableSpec, state: TableState) -> PageOfRows:
        if state.at:
            raise lost_place(state)
        found = self.own.page_of(state.page, state.per_page, state.sort or spec.sort)
        is_full = len(found.rows) == state.per_page
        has_next = is_full if found.total is None else state.offset + len(found.rows) < found.total
        return PageOfRows(
            found.rows,
            found.total,
            has_next and bool(found.rows),
            state.page,
            has_previous=state.page > 1,
            is_countable=found.total is not None,
        )

    def every(self, spec: TableSpec, state: TableState) -> Iterator[Mapping[str, Any]]:
        size, seen = spec.page_sizes[-1], 0
        for page in range(1, MOST_PAGES + 1):
            found = self.own.page_of(page, size, state.sort or spec.sort)
            yield from found.rows
            seen += len(found.rows)
            if len(found.rows) < size or (found.total is not None and seen >= found.total):
                return
        raise TooCostly(_("This takes too long to answer. Ask for less."))


def _spec(rows: list[Mapping[str, Any]], wanted: Wanted, label: str) -> TableSpec:
    return spec_of_rows(
        rows,
        key=wanted.key,
        label=label,
        columns=wanted.columns,
        sort=wanted.sort,
        page_size=wanted.page_size,
    )


def _size(wanted: Wanted) -> int:
    return wanted.page_size or _spec([], wanted, "").page_size
