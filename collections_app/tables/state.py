"""The one place where a table reads its address: order, page, size, conditions, search and columns.

What is read here drives the rows, their count, the export and every refresh, and nothing else does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_plus

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from collections_app.declarations import Column
from collections_app.exporting import Format, format_named
from collections_app.queries.words import words_of
from collections_app.tables.filters import HOW, OPERATORS, Condition, kind_of, operators_of, read_condition
from collections_app.tables.spec import TableSpec

__all__ = ["EXPORT", "SORT_LIMIT", "TableState"]

PAGE_LIMIT = 100_000  # past it, no person pages on; a database would walk through everything before it
SORT_LIMIT = 4  # keys of an order
VALUES_LIMIT = 50  # conditions on one table, as many as a filter may hold
EXPORT = "export"
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")
_PLACE = re.compile(r"(after|before)\.[\x21-\x7e]{1,8192}")
_NAMES = ("sort", "page", "at", "size", "q", "show", "count", EXPORT)


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
        asked = _Address(request.GET, prefix)
        search, words, problem = _search(asked, spec)
        return cls(
            prefix=prefix,
            path=request.path if path is None else path,
            others=tuple(asked.others()),
            sort=_sort(asked, spec),
            page=_page(asked),
            at=_place(asked),
            per_page=_per_page(asked, spec),
            conditions=_conditions(asked, spec),
            search=search,
            words=words,
            search_problem=problem,
            show=_shown(asked, spec),
            counts_exactly=_counts_exactly(asked),
            page_size=spec.page_size,
            export=_export(asked),
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


class _Address:
    """The keys of one table in a query string."""

    def __init__(self, query: QueryDict, prefix: str) -> None:
        self.query = query
        self.prefix = prefix
        self.names = {f"{prefix}-{name}" for name in _NAMES}
        self.begins = tuple(f"{prefix}-{operator}-" for operator in (*OPERATORS, "how"))

    def key(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def others(self) -> list[tuple[str, str]]:
        return [
            (key, value)
            for key, values in self.query.lists()
            if key not in self.names and not key.startswith(self.begins)
            for value in values
        ]

    def once(self, name: str) -> str | None:
        values = self.query.getlist(self.key(name))
        if len(values) > 1:
            raise self.refused(self.key(name), _("Give it once."))
        return values[0] if values else None

    def refused(self, key: str, sentence: str) -> BadInput:
        message = _("This address asks something of the table that it does not have.")
        return BadInput(message, {key[:100]: [sentence]})


def _sort(asked: _Address, spec: TableSpec) -> tuple[str, ...]:
    value = asked.once("sort")
    if value is None:
        return ()
    legal, keys = spec.sort_values(), value.split(",")
    if any(key not in legal for key in keys):
        # A hidden column, one that may not be sorted and one that never was: the same words.
        choice = ", ".join(legal) or _("nothing; this table is not sortable")
        raise asked.refused(asked.key("sort"), _("Sort by one of: %(legal)s.") % {"legal": choice})
    if len({key.removeprefix("-") for key in keys}) < len(keys) or len(keys) > SORT_LIMIT:
        sentence = _("Sort by at most %(limit)s columns, by each once.") % {"limit": SORT_LIMIT}
        raise asked.refused(asked.key("sort"), sentence)
    return tuple(keys)


def _page(asked: _Address) -> int:
    value = asked.once("page")
    if value is None:
        return 1
    if not _WHOLE.fullmatch(value) or int(value) > PAGE_LIMIT:
        sentence = _("Use a whole number from 1 to %(limit)s.") % {"limit": PAGE_LIMIT}
        raise asked.refused(asked.key("page"), sentence)
    return int(value)


def _place(asked: _Address) -> str:
    value = asked.once("at")
    if value is None:
        return ""
    if not _PLACE.fullmatch(value):
        raise asked.refused(asked.key("at"), _("This is no place in a table. Begin with the first page."))
    return value


def _per_page(asked: _Address, spec: TableSpec) -> int:
    value = asked.once("size")
    if value is None:
        return spec.page_size
    limit = int(settings.CAPSULE_PAGE_SIZE_LIMIT)
    if not _WHOLE.fullmatch(value) or int(value) > limit:
        sentence = _("Use a whole number from 1 to %(limit)s.") % {"limit": limit}
        raise asked.refused(asked.key("size"), sentence)
    return int(value)


def _counts_exactly(asked: _Address) -> bool:
    value = asked.once("count")
    if value not in (None, "exact"):
        raise asked.refused(asked.key("count"), _("Give “exact”, or leave it out."))
    return value is not None


def _export(asked: _Address) -> Format | None:
    value = asked.once(EXPORT)
    return None if value is None else format_named(value, asked.key(EXPORT))


def _shown(asked: _Address, spec: TableSpec) -> tuple[str, ...]:
    """Columns by the address. One that has gone does no harm: the others are shown."""
    known = {column.key for column in spec.columns}
    return tuple(dict.fromkeys(key for key in asked.query.getlist(asked.key("show")) if key in known))


def _search(asked: _Address, spec: TableSpec) -> tuple[str, tuple[str, ...], str]:
    """The text, its words, and what is wrong with it."""
    text = (asked.once("q") or "").strip()
    if not text:
        return "", (), ""
    if not spec.searched:
        raise asked.refused(asked.key("q"), _("Nothing in this table is searched."))
    try:
        return text, words_of(text), ""
    except ValueError as error:
        return text, (), str(error)


def _conditions(asked: _Address, spec: TableSpec) -> tuple[Condition, ...]:
    columns = {column.key: column for column in spec.filterable}
    given: dict[str, dict[str, list[str]]] = {}
    for key in asked.query:
        if not key.startswith(asked.begins):
            continue
        operator, _dash, name = key[len(asked.prefix) + 1 :].partition("-")
        column = columns.get(name)
        if column is None:
            legal = ", ".join(columns) or _("nothing; this table has no filters")
            raise asked.refused(key, _("Filter by one of: %(legal)s.") % {"legal": legal})
        if operator not in (*operators_of(column), "how"):
            fitting = ", ".join(operators_of(column))
            raise asked.refused(key, _("Ask by one of: %(legal)s.") % {"legal": fitting})
        given.setdefault(name, {})[operator] = asked.query.getlist(key)
    found = [one for name, texts in given.items() for one in _of_column(asked, columns[name], texts)]
    if len(found) > VALUES_LIMIT:
        sentence = _("Ask for at most %(limit)s values.") % {"limit": VALUES_LIMIT}
        raise BadInput(sentence, {f"{asked.prefix}-is": [sentence]})
    return tuple(found)


def _of_column(asked: _Address, column: Column, texts: dict[str, list[str]]) -> list[Condition]:
    texts = _meant(asked, column, texts)
    return [
        read_condition(column, operator, text)
        for operator in OPERATORS
        for text in dict.fromkeys(_split(column, operator, texts.get(operator, ())))
        if text.strip()  # an empty one is the form's way to say "any"
    ]


def _split(column: Column, operator: str, texts: list[str] | tuple[()]) -> list[str]:
    """Tags may be typed with commas between them, which no tag holds."""
    if operator not in ("is", "all") or kind_of(column) != "tags":
        return list(texts)
    return [part.strip() for text in texts for part in text.split(",")]


def _meant(asked: _Address, column: Column, texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """What was typed beside a select that says how it is meant, as a link would say it."""
    chosen = texts.pop("how", [""])[0]
    if not chosen:
        return texts
    ways = HOW.get(kind_of(column), ())
    if chosen not in ways:
        legal = ", ".join(ways) or _("nothing")
        key = f"{asked.prefix}-how-{column.key}"
        raise asked.refused(key, _("Choose one of: %(options)s.") % {"options": legal})
    if chosen == "unset":
        return {"unset": ["yes"]}
    typed = [text for way in ways for text in texts.pop(way, [])]
    return {**texts, chosen: typed}
