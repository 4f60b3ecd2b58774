"""The end of a wizard: what ``on_finish`` returned, as what is kept and shown of it.

| returned | what the last page shows |
|---|---|
| nothing | that it is done |
| a sentence | that sentence |
| a widget | it, read anew by whoever looks |
| a row, or a model's object with an address | what was added, and a link to where it is |
| a redirect | it leads there, and so does its link |
| a dict of problems by field | nothing was done; each stands beside its field |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capsule.errors import BadInput, problems_by_field
from capsule.widgets import Widget
from collections_app.rows import Row
from collections_app.showing import title_of
from conversations.blocks import packed
from handlers.outcomes import problems_of
from pages.addresses import link_address
from pages.errors import BadWizard

__all__ = ["NotTaken", "problems_in", "result_of"]


class NotTaken(Exception):
    """What was answered cannot be taken: the transaction is undone, and the problems are shown."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        super().__init__("The answers were not taken.")
        self.problems = problems


def result_of(value: Any) -> dict[str, Any]:
    """What is kept of what ``on_finish`` returned. Raises ``NotTaken``, and ``TypeError`` for another."""
    if value is None or isinstance(value, (str, Promise)):
        return {"words": str(value or "")}
    if isinstance(value, HttpResponseRedirect):
        return {"words": "", "leads": _safe(value["Location"])}
    if isinstance(value, Row):
        return _of_row(value)
    if isinstance(value, Widget):
        return {"words": "", "widget": packed(value)}
    if isinstance(value, Mapping):
        if value:
            raise NotTaken(problems_of(value))
        return {"words": ""}
    if hasattr(value, "get_absolute_url"):
        return {"words": _added(str(value)), "link": _safe(value.get_absolute_url())}
    raise BadWizard(
        f"on_finish of ui.Wizard returned {type(value).__name__}. It returns nothing, a sentence, a widget, "
        "a row, an object with get_absolute_url(), a redirect, or a dict of problems by field."
    )


def _of_row(row: Row) -> dict[str, str]:
    collection = row._collection
    address = reverse("collections_app:record", args=[collection.name, row.id])
    return {"words": _added(title_of(collection.declaration, row)), "link": address}


def _added(title: str) -> str:
    return _("“%(title)s” was added.") % {"title": title}


def _safe(address: str) -> str:
    if link_address(address) is None:
        raise BadWizard("on_finish of ui.Wizard leads to an address that cannot be used.")
    return address


def problems_in(error: BadInput | ValidationError) -> Mapping[str, Sequence[str]]:
    """What a collection would not take, by field."""
    if isinstance(error, BadInput):
        return error.fields or {NON_FIELD_ERRORS: [error.message]}
    return problems_by_field(error)
