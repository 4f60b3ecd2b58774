"""The one place where a table reads its address: what each key means, and which mean nothing."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
from collections_app.declarations import Column
from collections_app.exporting import Format, format_named
from collections_app.queries.words import words_of
from collections_app.tables.filters import HOW, OPERATORS, Condition, kind_of, operators_of, read_condition
from collections_app.tables.spec import TableSpec

__all__ = ["EXPORT", "SORT_LIMIT", "TYPED", "Address"]

PAGE_LIMIT = 100_000  # past it, no person pages on; a database would walk through everything before it
SORT_LIMIT = 4  # keys of an order
VALUES_LIMIT = 50  # conditions on one table, as many as a filter may hold
EXPORT = "export"
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")
_PLACE = re.compile(r"(after|before)\.[\x21-\x7e]{1,8192}")
TYPED = "typed"  # in which language the numbers of a form were
_NAMES = ("sort", "page", "at", "size", "q", "show", "count", TYPED, EXPORT)


class Address:
    """The keys of one table in a query string, each read as what it means for ``spec``.

    Each method raises ``BadInput``, which names the key and the legal values, for what no table of ours
    asks. A condition or a search that was typed keeps its text and says what is wrong with it.
    """

    def __init__(self, query: QueryDict, prefix: str, spec: TableSpec) -> None:
        self.query = query
        self.prefix = prefix
        self.spec = spec
        self.names = {f"{prefix}-{name}" for name in _NAMES}
        self.begins = tuple(f"{prefix}-{operator}-" for operator in (*OPERATORS, "how"))

    def others(self) -> list[tuple[str, str]]:
        """What the query string says of anything else."""
        return [
            (key, value)
            for key, values in self.query.lists()
            if key not in self.names and not key.startswith(self.begins)
            for value in values
        ]

    def sort(self) -> tuple[str, ...]:
        value = self._once("sort")
        if value is None:
            return ()
        legal, keys = self.spec.sort_values(), value.split(",")
        if any(key not in legal for key in keys):
            # A hidden column, one that may not be sorted and one that never was: the same words.
            choice = ", ".join(legal) or _("nothing; this table is not sortable")
            raise self._refused(self._key("sort"), _("Sort by one of: %(legal)s.") % {"legal": choice})
        if len({key.removeprefix("-") for key in keys}) < len(keys) or len(keys) > SORT_LIMIT:
            sentence = _("Sort by at most %(limit)s columns, by each once.") % {"limit": SORT_LIMIT}
            raise self._refused(self._key("sort"), sentence)
        return tuple(keys)

    def page(self) -> int:
        value = self._once("page")
        if value is None:
            return 1
        if not _WHOLE.fullmatch(value) or int(value) > PAGE_LIMIT:
            sentence = _("Use a whole number from 1 to %(limit)s.") % {"limit": PAGE_LIMIT}
            raise self._refused(self._key("page"), sentence)
        return int(value)

    def place(self) -> str:
        value = self._once("at")
        if value is None:
            return ""
        if not _PLACE.fullmatch(value):
            raise self._refused(self._key("at"), _("This is no place in a table. Begin with the first page."))
        return value

    def per_page(self) -> int:
        value = self._once("size")
        if value is None:
            return self.spec.page_size
        limit = int(settings.CAPSULE_PAGE_SIZE_LIMIT)
        if not _WHOLE.fullmatch(value) or int(value) > limit:
            sentence = _("Use a whole number from 1 to %(limit)s.") % {"limit": limit}
            raise self._refused(self._key("size"), sentence)
        return int(value)

    def counts_exactly(self) -> bool:
        value = self._once("count")
        if value not in (None, "exact"):
            raise self._refused(self._key("count"), _("Give “exact”, or leave it out."))
        return value is not None

    def export(self) -> Format | None:
        value = self._once(EXPORT)
        return None if value is None else format_named(value, self._key(EXPORT))

    def shown(self) -> tuple[str, ...]:
        """Columns by the address. One that has gone does no harm: the others are shown."""
        known = {column.key for column in self.spec.columns}
        return tuple(dict.fromkeys(key for key in self.query.getlist(self._key("show")) if key in known))

    def search(self) -> tuple[str, tuple[str, ...], str]:
        """The text, its words, and what is wrong with it."""
        text = (self._once("q") or "").strip()
        if not text:
            return "", (), ""
        if not self.spec.searched:
            raise self._refused(self._key("q"), _("Nothing in this table is searched."))
        try:
            return text, words_of(text), ""
        except ValueError as error:
            return text, (), sentence_of(error)

    def conditions(self) -> tuple[Condition, ...]:
        columns = {column.key: column for column in self.spec.filterable}
        given: dict[str, dict[str, list[str]]] = {}
        typed_in = self._typed_in()
        for key in self.query:
            if not key.startswith(self.begins):
                continue
            operator, _dash, name = key[len(self.prefix) + 1 :].partition("-")
            column = columns.get(name)
            if column is None:
                legal = ", ".join(columns) or _("nothing; this table has no filters")
                raise self._refused(key, _("Filter by one of: %(legal)s.") % {"legal": legal})
            if operator not in (*operators_of(column), "how"):
                fitting = ", ".join(operators_of(column))
                raise self._refused(key, _("Ask by one of: %(legal)s.") % {"legal": fitting})
            given.setdefault(name, {})[operator] = self.query.getlist(key)
        found = [
            one for name, texts in given.items() for one in self._of_column(columns[name], texts, typed_in)
        ]
        if len(found) > VALUES_LIMIT:
            sentence = _("Ask for at most %(limit)s values.") % {"limit": VALUES_LIMIT}
            raise BadInput(sentence, {f"{self.prefix}-is": [sentence]})
        return tuple(found)

    def _typed_in(self) -> str:
        """The language in which the numbers of a form were typed; of a link's ``""``: it has them plain."""
        value = self._once(TYPED)
        legal = [code for code, _name in settings.LANGUAGES]
        if value is None or value in legal:
            return value or ""
        raise self._refused(
            self._key(TYPED), _("Choose one of: %(options)s.") % {"options": ", ".join(legal)}
        )

    def _of_column(self, column: Column, texts: dict[str, list[str]], typed_in: str) -> list[Condition]:
        texts = self._meant(column, texts)
        return [
            read_condition(column, operator, text, typed_in)
            for operator in OPERATORS
            for text in dict.fromkeys(_split(column, operator, texts.get(operator, ())))
            if text.strip()  # an empty one is the form's way to say "any"
        ]

    def _meant(self, column: Column, texts: dict[str, list[str]]) -> dict[str, list[str]]:
        """What was typed beside a select that says how it is meant, as a link would say it."""
        chosen = texts.pop("how", [""])[0]
        if not chosen:
            return texts
        ways = HOW.get(kind_of(column), ())
        if chosen not in ways:
            legal = ", ".join(ways) or _("nothing")
            key = f"{self.prefix}-how-{column.key}"
            raise self._refused(key, _("Choose one of: %(options)s.") % {"options": legal})
        if chosen == "unset":
            return {"unset": ["yes"]}
        typed = [text for way in ways for text in texts.pop(way, [])]
        return {**texts, chosen: typed}

    def _key(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _once(self, name: str) -> str | None:
        values = self.query.getlist(self._key(name))
        if len(values) > 1:
            raise self._refused(self._key(name), _("Give it once."))
        return values[0] if values else None

    def _refused(self, key: str, sentence: str) -> BadInput:
        message = _("This address asks something of the table that it does not have.")
        return BadInput(message, {key[:100]: [sentence]})


def _split(column: Column, operator: str, texts: list[str] | tuple[()]) -> list[str]:
    """Tags may be typed with commas between them, which no tag holds."""
    if operator not in ("is", "all") or kind_of(column) != "tags":
        return list(texts)
    return [part.strip() for text in texts for part in text.split(",")]
