"""A control for a parameter of the page: choosing changes the address, and what depends on it follows."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from handlers.annotations import written
from handlers.charts import in_words
from pages.parameters import parameter_of

__all__ = ["render_select"]


def render_select(request: HttpRequest, dom_id: str, name: str, label: str) -> SafeString:
    """A choice among the values of the page function's ``Literal``.

    Raises ``NotDeclared`` for a parameter that the page does not have, ``BadInput`` for one without options.
    """
    parameter, value = parameter_of(request, name)
    if not parameter.options:
        message = _("The parameter “%(name)s” has no options: annotate it with a Literal.")
        raise BadInput(message % {"name": name})
    context = {
        "dom_id": dom_id,
        "name": name,
        "label": label or in_words(name),
        "path": request.path,
        "options": [(written(one), str(one), one == value) for one in parameter.options],
        "others": [(key, one) for key, values in request.GET.lists() if key != name for one in values],
    }
    return render_to_string("pages/_param_select.html", context)
