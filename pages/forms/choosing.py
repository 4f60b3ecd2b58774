"""What ``ui.Form`` is given, as what knows how to make the form and how to take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm, BaseModelForm
from django.http import HttpRequest

from collections_app.declaring import collections
from collections_app.handle import Collection
from handlers.actions import Action, declared_action
from pages.errors import BadForm
from pages.forms.acting import ActionSource
from pages.forms.sources import FormSource, ModelSource, OwnSource, RecordSource
from pages.serving import is_for_reading

__all__ = ["Given", "source_of"]

Given = Collection | type[BaseForm] | BaseForm | str


def source_of(
    given: Given,
    action: Action[..., Any] | str | None,
    initial: Mapping[str, Any] | None,
    request: HttpRequest,
) -> FormSource:
    """The source of a form that stands on the page of ``request``.

    Raises ``NotDeclared`` for a name that nobody has declared, and ``TypeError`` for what nobody would take.
    """
    if isinstance(given, (str, Collection)):
        return RecordSource(collections.get(given) if isinstance(given, str) else given, initial)
    if action is not None:
        return _acting(declared_action(action), given, initial)
    return _own(given, request) if isinstance(given, BaseForm) else _of_model(given, initial)


def _acting(
    action: Action[..., Any], form: type[BaseForm] | BaseForm, initial: Mapping[str, Any] | None
) -> ActionSource:
    form_class = form if isinstance(form, type) else type(form)
    wanted = action.form_class
    if wanted is not None and not issubclass(form_class, wanted):
        raise BadForm(
            f"The action '{action.name}' takes a {wanted.__name__}, and ui.Form gives it a "
            f"{form_class.__name__}."
        )
    return ActionSource(action, form, initial)


def _own(form: BaseForm, request: HttpRequest) -> OwnSource:
    page = getattr(request, "page", None)
    if page is not None and is_for_reading(page.function):
        raise BadForm(
            f"{type(form).__name__} is made by the page '{page.name}', which takes no POST: give it an "
            "action=, or take it there and return ui.Page | HttpResponse."
        )
    return OwnSource(form)


def _of_model(form_class: type[BaseForm], initial: Mapping[str, Any] | None) -> ModelSource:
    name = form_class.__name__
    if not issubclass(form_class, BaseModelForm):
        raise BadForm(
            f"ui.Form({name}): nothing says what becomes of it. Give it an action=, or the form that "
            "your view takes by itself."
        )
    model = form_class._meta.model
    for one in collections:
        if one.declaration.model is model and one.declaration.scope != "app":
            raise BadForm(
                f"ui.Form({name}): the rows of {model.__name__} have a scope, which this form does not know. "
                f"Give the collection '{one.name}', or an action=."
            )
    return ModelSource(form_class, initial)
