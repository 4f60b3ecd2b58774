"""A form as HTML: its fields with the look of the house, and what is wrong beside them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.forms import BaseForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from pages.forms.sent import FORM, ONCE

__all__ = ["Shown", "draw", "problems_above"]


@dataclass(frozen=True)
class Shown:
    """What a form looks like at this moment."""

    form: BaseForm
    dom_id: str
    submit: str
    is_ours: bool  # it names itself and is received by the page; else its view takes it
    once: str = ""  # the key that it was sent with
    begins: bool = False  # it was taken, and is empty for the next


def draw(request: HttpRequest, shown: Shown) -> SafeString:
    """The form's element. The first field that is to be put right gets the focus."""
    form = shown.form
    refused = form.is_bound and bool(form.errors)
    if refused or shown.begins:
        _focus(form)
    return render_to_string(
        "pages/_form.html",
        {
            "form": form,
            "dom_id": shown.dom_id,
            "submit": shown.submit,
            "here": request.get_full_path(),
            "hidden": {FORM: shown.dom_id, ONCE: shown.once or uuid4().hex} if shown.is_ours else {},
            "is_refused": refused,
            "problems": problems_above(form) if refused else [],
            "lost_files": refused and form.is_multipart() and any(form.files.values()),
        },
        request=request,
    )


def _focus(form: BaseForm) -> None:
    visible = form.visible_fields()
    first = next((field for field in visible if field.errors), visible[0] if visible else None)
    if first is not None:
        first.field.widget.attrs["autofocus"] = True


def problems_above(form: BaseForm) -> list[str]:
    """What is said above the fields: what belongs to none that is seen, else how many are to be put right."""
    said = [str(sentence) for sentence in form.non_field_errors()]
    for field in form.hidden_fields():
        said += [f"{field.label}: {sentence}" for sentence in field.errors]
    wrong = sum(bool(field.errors) for field in form.visible_fields())
    if wrong:
        sentence = ngettext(
            "One field needs another look.", "%(count)d fields need another look.", wrong
        )  # beside them stands why
        said.append(sentence % {"count": wrong})
    return said
