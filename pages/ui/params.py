"""A control of a parameter of the page: what a person chooses stands in the address, and the page follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Any, Final, get_args

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule.date_ranges import DateRange
from capsule.date_ranges import in_words as range_in_words
from capsule.digests import digest_of
from capsule.errors import BadInput
from capsule.words import Words
from handlers.annotations import written
from handlers.charts import in_words
from handlers.parameters import Parameter
from pages.parameters import mistake_in, parameter_of

__all__ = ["PARAM_CONTROLS", "ParamControl", "misfit", "param_digest"]

# The kinds of control, the partial that draws each one's input, and what sends it.
PARAM_CONTROLS: Final = {
    "toggle": "pages/_param_toggle.html",
    "text-input": "pages/_param_input.html",
    "number-input": "pages/_param_input.html",
    "select": "pages/_param_select.html",
    "date-range": "pages/_param_dates.html",
}
TYPED: Final = ("text-input", "number-input")
WIDGETS: Final = {
    "toggle": "ui.Toggle",
    "text-input": "ui.TextInput",
    "number-input": "ui.NumberInput",
    "select": "ui.Select",
    "date-range": "ui.DateRange",
}
NUMBERS: Final = {"integer", "number"}
YES_NO: Final = {True: gettext_lazy("Yes"), False: gettext_lazy("No")}


@dataclass(frozen=True)
class ParamControl:
    """Which control of which parameter is drawn, and what the page says of it."""

    kind: str
    name: str
    dom_id: str
    label: Words | None = None
    labels: Mapping[Any, Words] | None = None
    empty: Words | None = None
    placeholder: Words = ""
    presets: Sequence[str] = ()

    def render(self, request: HttpRequest) -> SafeString:
        """Raises ``NotDeclared`` for a parameter that the page does not have, ``BadInput`` for a misfit."""
        parameter, value = parameter_of(request, self.name)
        problem = misfit(self.kind, parameter)
        if problem:
            raise BadInput(problem)
        mistakes = mistake_in(request, self.name)
        values = request.GET.getlist(self.name) if mistakes else _texts(value)
        context = {
            "dom_id": self.dom_id,
            "name": self.name,
            "label": self.label or in_words(self.name),
            "path": request.path,
            "others": [(key, one) for key, given in request.GET.lists() if key != self.name for one in given],
            "input_template": PARAM_CONTROLS[self.kind],
            "is_typed": self.kind in TYPED,
            "is_dates": self.kind == "date-range",
            "may_be_left_out": parameter.default in (None, ""),
            "error": " ".join(mistakes),
            **self._entry(parameter, values, request),
        }
        return render_to_string("pages/_param.html", context)

    def _entry(self, parameter: Parameter, values: list[str], request: HttpRequest) -> dict[str, Any]:
        match self.kind:
            case "select":
                return self._choices(parameter, values)
            case "toggle":
                return {"is_on": values[-1:] == ["true"], "is_on_by_default": parameter.default is True}
            case "date-range":
                return self._days(values, request)
        schema = _schema(parameter)
        return {
            "text": values[-1] if values else "",
            "placeholder": self.placeholder,
            "is_number": self.kind == "number-input",
            "minimum": schema.get("minimum"),
            "maximum": schema.get("maximum"),
            "step": schema.get("multipleOf") or (1 if _kinds(parameter) == {"integer"} else "any"),
        }

    def _choices(self, parameter: Parameter, values: list[str]) -> dict[str, Any]:
        options = [(str(written(one)), self._called(one)) for one in _options(parameter)]
        none = self.empty or _("All")
        found = [(text, words, text in values) for text, words in options]
        if not parameter.takes_many and _is_optional(parameter):
            found.insert(0, ("", none, values in ([], [""])))
        if not parameter.takes_many and not any(chosen for _text, _words, chosen in found):
            gone = values[-1] if values else ""
            found.insert(0, (gone, _("%(value)s (not offered)") % {"value": gone}, True))
        return {"options": found, "takes_many": parameter.takes_many, "says_none": bool(parameter.default)}

    def _called(self, option: Any) -> Words:
        if self.labels is not None and option in self.labels:
            return self.labels[option]
        if isinstance(option, bool):
            return YES_NO[option]
        return str(getattr(option, "label", written(option)))

    def _days(self, values: list[str], request: HttpRequest) -> dict[str, Any]:
        try:
            chosen = DateRange.of(values)
        except ValueError:
            chosen = None
        start, end = chosen if chosen is not None else [*map(_day, values), None, None][:2]
        query = request.GET.copy()

        def address(name: str) -> str:
            query.setlist(self.name, [name])
            return f"?{query.urlencode()}"

        chosen_name = chosen.name if chosen is not None else ""
        names = dict.fromkeys([*self.presets, *([chosen_name] if chosen_name else [])])
        return {
            "range_words": range_in_words(chosen_name) if chosen_name else "",
            "start": start,
            "end": end,
            "presets": [(range_in_words(name), address(name), name == chosen_name) for name in names],
        }


def param_digest(request: HttpRequest, name: str, control: object) -> str:
    """Of the control and of what it shows: it is drawn again when another one changes its parameter."""
    return digest_of([control, parameter_of(request, name)[1], mistake_in(request, name)])


def misfit(kind: str, parameter: Parameter) -> str:
    """Why this kind of control cannot show a parameter, with those that can; ``""`` where it can."""
    fitting = _fitting(parameter)
    if kind in fitting:
        return ""
    names = ", ".join(WIDGETS[one] for one in fitting)
    if kind == "select":
        words = _("The parameter “%(name)s” has no options: annotate it with a Literal or an Enum.")
    else:
        words = _("%(widget)s cannot show the parameter “%(name)s”.")
    words = words % {"name": parameter.name, "widget": WIDGETS[kind]}
    return f"{words} {_('These fit: %(names)s.') % {'names': names}}" if names else words


def _fitting(parameter: Parameter) -> list[str]:
    kinds = _kinds(parameter)
    if DateRange in (parameter.annotation, *get_args(parameter.annotation)):
        return ["date-range"]
    if _options(parameter):
        is_switch = kinds == {"boolean"} and not _is_optional(parameter)
        return ["toggle", "select"] if is_switch else ["select"]
    if parameter.takes_many:
        return []
    return ["number-input", "text-input"] if kinds & NUMBERS else ["text-input"]


def _options(parameter: Parameter) -> tuple[Any, ...]:
    is_truth = _kinds(parameter) == {"boolean"} and not parameter.takes_many
    return parameter.options or ((True, False) if is_truth else ())


def _is_optional(parameter: Parameter) -> bool:
    return NoneType in get_args(parameter.annotation)


def _kinds(parameter: Parameter) -> set[str]:
    return {str(one.get("type")) for one in _alternatives(parameter)} - {"null"}


def _schema(parameter: Parameter) -> dict[str, Any]:
    """The one of its alternatives that says the most: the limits of a number stand in it."""
    return max(_alternatives(parameter), key=len)


def _alternatives(parameter: Parameter) -> list[dict[str, Any]]:
    return list(parameter.schema.get("anyOf", [parameter.schema]))


def _day(text: str) -> date | None:
    """A day that was typed beside one that cannot be; a picker can show nothing else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    texts = written(value)
    return texts if isinstance(texts, list) else [texts]
