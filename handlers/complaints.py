"""What is wrong with a parameter, as a sentence for whoever sent it, in their language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:  # only whoever has caught one needs pydantic
    from pydantic import ValidationError

__all__ = ["complaints"]

_USE_WHOLE: Final = gettext_lazy("Use a whole number.")
_USE_NUMBER: Final = gettext_lazy("Use a number.")
_USE_TRUTH: Final = gettext_lazy("Use true or false.")
_USE_DAY: Final = gettext_lazy("Use a date such as 2026-11-23.")
_USE_MOMENT: Final = gettext_lazy("Use a date and time such as 2026-11-23T10:00:00Z (a plus sign as %%2B).")
_USE_TIME: Final = gettext_lazy("Use a time such as 10:00.")
_USE_ONE_OF: Final = gettext_lazy("Use one of: %(expected)s.")
_USE_UUID: Final = gettext_lazy("Use an id such as 0193a1c2-7d3e-7c11-8a55-0b6f3d2e9a10.")
_TOO_SHORT: Final = gettext_lazy("Use at least %(min_length)s characters.")
_TOO_LONG: Final = gettext_lazy("Use at most %(max_length)s characters.")

# By pydantic's name of the problem; its own details fill the sentence.
_SENTENCES: Final[dict[str, Promise]] = {
    "bool_parsing": _USE_TRUTH,
    "bool_type": _USE_TRUTH,
    "date_from_datetime_inexact": _USE_DAY,
    "date_from_datetime_parsing": _USE_DAY,
    "date_parsing": _USE_DAY,
    "date_type": _USE_DAY,
    "datetime_from_date_parsing": _USE_MOMENT,
    "datetime_parsing": _USE_MOMENT,
    "datetime_type": _USE_MOMENT,
    "decimal_parsing": _USE_NUMBER,
    "decimal_type": _USE_NUMBER,
    "enum": _USE_ONE_OF,
    "finite_number": gettext_lazy("Use a finite number."),
    "float_parsing": _USE_NUMBER,
    "float_type": _USE_NUMBER,
    "greater_than": gettext_lazy("Use more than %(gt)s."),
    "greater_than_equal": gettext_lazy("Use %(ge)s or more."),
    "int_from_float": _USE_WHOLE,
    "int_parsing": _USE_WHOLE,
    "int_parsing_size": gettext_lazy("Use a whole number of at most 64 bits."),
    "int_type": _USE_WHOLE,
    "less_than": gettext_lazy("Use less than %(lt)s."),
    "less_than_equal": gettext_lazy("Use %(le)s or less."),
    "literal_error": _USE_ONE_OF,
    "multiple_of": gettext_lazy("Use a multiple of %(multiple_of)s."),
    "none_required": gettext_lazy("Leave it out."),
    "string_pattern_mismatch": gettext_lazy("It does not have the form %(pattern)s."),
    "string_too_long": _TOO_LONG,
    "string_too_short": _TOO_SHORT,
    "string_type": gettext_lazy("Use text."),
    "time_parsing": _USE_TIME,
    "time_type": _USE_TIME,
    "too_long": gettext_lazy("Give at most %(max_length)s values."),
    "too_short": gettext_lazy("Give at least %(min_length)s values."),
    "uuid_parsing": _USE_UUID,
    "uuid_type": _USE_UUID,
}


def complaints(error: ValidationError) -> list[str]:
    """One sentence per thing that is wrong, each once; of a list, with the number of the value."""
    sentences = (_sentence(dict(problem)) for problem in error.errors(include_url=False, include_input=False))
    return list(dict.fromkeys(sentences))


def _sentence(problem: dict[str, Any]) -> str:
    context = problem.get("ctx", {})
    known = _SENTENCES.get(problem["type"])
    if known is not None:
        sentence = str(known) % _worded(context)
    elif "error" in context:  # a validator of the application's own: its words
        sentence = str(context["error"])
    else:
        sentence = f"{problem['msg']}."
    position = next((step for step in problem["loc"] if isinstance(step, int)), None)
    if position is None:
        return sentence
    return _("Value %(number)d: %(problem)s") % {"number": position + 1, "problem": sentence}


def _worded(context: dict[str, Any]) -> dict[str, Any]:
    if "expected" in context:
        return {**context, "expected": str(context["expected"]).replace(" or ", ", ")}
    return context
