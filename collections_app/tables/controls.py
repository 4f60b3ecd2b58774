"""The form of a table's filters: for each column the inputs that its kind of question takes.

Made in code: every table has them, and a template takes its time. It is a plain GET form, whose fields are
the keys of the address.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from html import escape

from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from capsule.formats.reading import writes_otherwise
from collections_app.columns import column_type_of
from collections_app.columns.reference import search_field
from collections_app.declarations import Column
from collections_app.tables.address import TYPED
from collections_app.tables.filters import HOW, Condition, kind_of, operators_of
from collections_app.tables.spec import TableSpec
from collections_app.tables.state import TableState

__all__ = ["filter_fields", "hidden_inputs", "sort_field", "words_for"]

MANY = 100  # choices that have no box each any more


def filter_fields(spec: TableSpec, state: TableState) -> SafeString:
    """The fields of all columns that can be filtered, with what is asked and what is wrong with it."""
    words = _words(get_language())
    fields = "".join(_Fields(spec, state, column, words).drawn() for column in spec.filterable)
    return SafeString(f"{_language_of(spec, state)}{fields}")


def _language_of(spec: TableSpec, state: TableState) -> str:
    """In which language numbers are typed here, where this is not how an address has them."""
    if not writes_otherwise() or all(kind_of(column) != "range" for column in spec.filterable):
        return ""
    return hidden_inputs([(f"{state.prefix}-{TYPED}", get_language() or "")])


def sort_field(spec: TableSpec, state: TableState) -> SafeString:
    """The order as a select: on a phone no header is there to click."""
    if not spec.sortable:
        return SafeString("")
    value = ",".join(state.sort)
    words = _words(get_language())
    named = {
        f"{sign}{column.key}": order % {"column": title}
        for column in spec.sortable
        for title in (column.title,)
        for sign, order in (("", words.rising), ("-", words.falling))
    }
    choices = [("", words.unordered)]
    if value and value not in named:
        choices.append((value, ", ".join(named[key] for key in state.sort)))
    choices += named.items()
    id, name = f"{spec.dom_id}-sort", f"{state.prefix}-sort"
    return SafeString(
        f'<div class="data-table-control data-table-order"><label class="form-label" for="{escape(id)}">'
        f'{escape(words.order)}</label><select class="form-select" id="{escape(id)}" name="{escape(name)}">'
        f"{_options(choices, value)}</select></div>"
    )


def hidden_inputs(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """What a form carries along: everything of the address that it has no field for."""
    return SafeString(
        "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in pairs
        )
    )


def words_for(column: Column, text: str) -> str:
    """What a value that is asked for is called, whether or not it is among those that are offered."""
    return dict(_choices_of(column)).get(text) or column_type_of(column).words_of(column, text)


def _choices_of(column: Column) -> list[tuple[str, str]]:
    if column_type_of(column).storage == "boolean":
        return [("true", _("Yes")), ("false", _("No"))]
    return column_type_of(column).choices(column)


class _Words:
    """What every form says, in the language in force."""

    def __init__(self) -> None:
        self.order = _("Order")
        self.unordered = _("As it comes")
        self.rising, self.falling = _("%(column)s, rising"), _("%(column)s, falling")
        self.how = _("How “%(column)s” is asked for")
        self.start, self.end = pgettext("a range", "from"), pgettext("a range", "to")
        self.exactly = _("is")
        self.unset = _("no value")
        self.between_commas = _("Tags with commas between them")
        self.tag_ways = {"is": _("any of"), "all": _("all of"), "unset": self.unset}
        self.text_ways = {"has": _("contains"), "is": self.exactly, "unset": self.unset}


@lru_cache(maxsize=32)
def _words(_language: str | None) -> _Words:
    """Looked up once for each language: a form of ten columns asks for sixty, a tenth of a table's time."""
    return _Words()


def _options(choices: Iterable[tuple[str, str]], *chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value in chosen else ""}>{escape(text)}</option>'
        for value, text in choices
    )


class _Fields:
    """The fields of one column."""

    def __init__(self, spec: TableSpec, state: TableState, column: Column, words: _Words) -> None:
        self.column = column
        self.title = column.title
        self.words = words
        self.kind = kind_of(column)
        self.operators = operators_of(column)
        self.asked = [one for one in state.conditions if one.column.key == column.key]
        self.prefix = state.prefix
        self.id = f"{spec.dom_id}-{column.key}".replace(" ", "-")
        self.problem = " ".join(dict.fromkeys(one.problem for one in self.asked if one.problem))

    def drawn(self) -> str:
        inside = {
            "choice": self._choices,
            "tags": self._tags,
            "range": self._range,
            "text": self._text,
            "value": self._value,
        }[self.kind]()
        error = (
            f'<p class="invalid-feedback d-block" id="{escape(self.id)}-error">{escape(self.problem)}</p>'
            if self.problem
            else ""
        )
        return (
            f'<fieldset class="data-table-control"><legend class="form-label">{escape(self.title)}'
            f"</legend>{inside}{error}</fieldset>"
        )

    # The kinds ------------------------------------------------------------------------------------

    def _choices(self) -> str:
        given = self._texts("is")
        if self.column.type == "boolean":
            given = [self._as_stored(one) for one in self._of("is")]
        return self._several(given, self._unset())

    def _tags(self) -> str:
        chosen = "all" if self._of("all") else "unset" if self._of("unset") else "is"
        given = self._texts("is") + self._texts("all")
        if self.choices:
            field = self._several(given)
        else:
            field = self._input("is", ", ".join(given), self.words.between_commas)
        return self._how(self.words.tag_ways, chosen) + field

    def _text(self) -> str:
        ways = self.words.text_ways
        chosen = next((one.operator for one in self.asked if one.operator in ways), "has")
        typed = next((one.text for one in self.asked if one.operator in ("has", "is")), "")
        field = self._input("has" if "has" in self.operators else "is", typed, self.title)
        return f'<div class="input-group">{self._how(ways, chosen)}{field}</div>'

    def _range(self) -> str:
        kind = "date" if self.column.type == "date" else "text"
        exact = self._input("is", self._first("is"), self.words.exactly, hidden_unless_used=True)
        ends = [
            f'<label class="data-table-end"><span>{escape(words)}</span>'
            f"{self._input(operator, self._first(operator), words, type=kind)}</label>"
            for operator, words in (("from", self.words.start), ("to", self.words.end))
        ]
        return f'<div class="data-table-range">{"".join(ends)}</div>{exact}{self._unset()}'

    def _value(self) -> str:
        return self._input("is", self._first("is"), self.title) + self._unset()

    # Their parts ----------------------------------------------------------------------------------

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        return _choices_of(self.column)

    def _several(self, given: list[str], unset: str = "") -> str:
        """What may be chosen: a box each; or where these are many a list, with a search for the others."""
        kind, known = column_type_of(self.column), dict(self.choices)
        others = [(text, kind.words_of(self.column, text)) for text in given if text not in known]
        if len(known) < MANY:
            boxes = [self._box("is", text, words, text in given) for text, words in [*self.choices, *others]]
            return f'<div class="data-table-options">{"".join(boxes)}{unset}</div>'
        id, name = f"{escape(self.id)}-is", f"{self.prefix}-is-{self.column.key}"
        address = kind.choices_address(self.column)
        search = search_field(f"{address}?{urlencode({'name': name})}", f"{self.id}-is") if address else ""
        options = _options([*others, *self.choices], *given)
        return (
            f'{search}<select class="form-select" id="{id}" name="{escape(name)}" multiple size="6" '
            f'aria-label="{escape(self.title)}">{options}</select>{unset}'
        )

    def _of(self, operator: str) -> list[Condition]:
        return [one for one in self.asked if one.operator == operator]

    def _texts(self, operator: str) -> list[str]:
        return [one.text for one in self._of(operator)]

    def _first(self, operator: str) -> str:
        """As a person types it; what could not be read stays as it was typed."""
        found = next(iter(self._of(operator)), None)
        if found is None or found.problem:
            return "" if found is None else found.text
        return column_type_of(self.column).write(self.column, found.text)

    def _as_stored(self, condition: Condition) -> str:
        return str(condition.lookups[0][1]).lower() if condition.lookups else condition.text

    def _how(self, ways: dict[str, str], chosen: str) -> str:
        legal = [
            (way, words) for way, words in ways.items() if way in self.operators and way in HOW[self.kind]
        ]
        label = escape(self.words.how % {"column": self.title})
        return (
            f'<select class="form-select data-table-how" name="{self._name("how")}" aria-label="{label}">'
            f"{_options(legal, chosen)}</select>"
        )

    def _name(self, operator: str) -> str:
        return escape(f"{self.prefix}-{operator}-{self.column.key}")

    def _input(
        self, operator: str, value: str, label: str, *, type: str = "text", hidden_unless_used: bool = False
    ) -> str:
        if hidden_unless_used and not value:
            return ""
        if operator not in self.operators:
            return ""
        wrong = self.problem and any(one.problem for one in self._of(operator))
        # What could not be read is shown as it was typed, which a picker of dates would not do.
        shown_type = "text" if wrong else type
        marks = f' aria-invalid="true" aria-describedby="{escape(self.id)}-error"' if wrong else ""
        return (
            f'<input class="form-control{" is-invalid" if wrong else ""}" id="{escape(self.id)}-{operator}" '
            f'name="{self._name(operator)}" type="{shown_type}" value="{escape(value)}" '
            f'aria-label="{escape(self.title)}: {escape(label)}" autocomplete="off"{marks}>'
        )

    def _box(self, operator: str, value: str, words: str, is_on: bool) -> str:
        return (
            f'<label class="form-check"><input class="form-check-input" type="checkbox" '
            f'name="{self._name(operator)}" value="{escape(value)}"{" checked" if is_on else ""}>'
            f'<span class="form-check-label">{escape(words)}</span></label>'
        )

    def _unset(self) -> str:
        if "unset" not in self.operators:
            return ""
        return self._box("unset", "yes", self.words.unset, bool(self._of("unset")))
