"""A form whose action takes what it was filled in with."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _

from capsule.errors import BadInput, problems_by_field, titles_of
from capsule.registry import did_you_mean
from capsule.toasts import say_done
from capsule.undoing import noting_undo
from capsule.widgets import Widget
from handlers.actions import Action
from handlers.declarations import ANSWERED
from handlers.forms import FILLED
from handlers.outcomes import answer, broke, problems_of
from live.changes import telling
from live.once import at_most_once
from pages.errors import BadForm
from pages.forms.sources import Beside, Files, FormSource, made, unreserved

__all__ = ["ActionSource", "check_fields"]


def check_fields(form: str, names: Iterable[str], action: Action[..., Any]) -> None:
    """Raises ``BadForm`` where the action has no parameter for a field, or no field for what it needs.

    Example: ``check_fields("WishForm", WishForm.base_fields, wish)``
    """
    sent, parameters = list(names), action.parameters
    unknown = [name for name in sent if name not in parameters.fields and action.form_class is None]
    if unknown:
        known = did_you_mean(unknown[0], list(parameters.fields)) if parameters.fields else "It takes none."
        hint = f"{known} Name it as the field, or take the whole form: form: {form}."
        raise BadForm(f"The action '{action.name}' has no parameter for '{unknown[0]}' of {form}. {hint}")
    missing = [name for name in parameters.required if name not in sent]
    if missing:
        hint = "Give it a field, or the parameter a default."
        raise BadForm(f"The action '{action.name}' needs '{missing[0]}', which {form} does not have. {hint}")


@dataclass(frozen=True)
class ActionSource(FormSource):
    """Makes a form, or fills in the one that it is given, for an action.

    The action is given the form itself where it has a parameter of its class, and the form's cleaned values
    as its own parameters where it has none.
    """

    action: Action[..., Any]
    form: type[BaseForm] | BaseForm
    initial: Mapping[str, Any] | None = None

    def admit(self) -> None:
        self.action.admit()

    def make(self, auto_id: str, data: QueryDict | None = None, files: Files | None = None) -> BaseForm:
        form = self._made(auto_id, data, files)
        check_fields(type(form).__name__, form.fields, self.action)
        return form

    def _made(self, auto_id: str, data: QueryDict | None, files: Files | None) -> BaseForm:
        if not isinstance(self.form, BaseForm):
            return made(self.form, self.initial, auto_id, data, files)
        form = unreserved(copy.deepcopy(self.form))
        if data is not None:
            form.data, form.files, form.is_bound = data, files or Files(), True
        return form

    def once(
        self, request: HttpRequest, effect: Callable[[], HttpResponseBase], again: Callable[[], HttpResponse]
    ) -> HttpResponseBase:
        # As where a button asks for it: an action decides for itself what is one transaction.
        return at_most_once(request, effect, again)

    def save(self, request: HttpRequest, form: BaseForm) -> HttpResponseBase | None:
        try:
            with noting_undo() as undo, telling() as told:
                value = self._done(request, form)
            address = undo() if len(told) <= 1 else ""  # half of what changed is not taken back
            return self._said(request, form, value, address)
        except BadInput as error:
            _add(form, error.fields or {NON_FIELD_ERRORS: [error.message]})
        except ValidationError as error:
            _add(form, problems_by_field(error), titles_of(error))
        except ANSWERED:
            raise
        except Exception as error:
            return broke(request, self.action, error)
        return None

    def _done(self, request: HttpRequest, form: BaseForm) -> Any:
        values = form.cleaned_data
        if self.action.form_class is not None:
            request.__dict__[FILLED] = form
            values = {name: values[name] for name in self.action.parameters.fields.keys() & values.keys()}
        return self.action.call(request, **values)

    def _said(self, request: HttpRequest, form: BaseForm, value: Any, undo: str) -> HttpResponseBase | None:
        if isinstance(value, Mapping) and value:
            _add(form, problems_of(value))
            return None
        if isinstance(value, Widget) and request.headers.get("HX-Request") == "true":
            return Beside(answer(request, self.action, value, undo).content)  # type: ignore[attr-defined]
        if isinstance(value, (HttpResponseBase, Widget)):
            return answer(request, self.action, value, undo)
        say_done(request, str(value or _("Done.")), undo)
        return None


def _add(
    form: BaseForm, problems: Mapping[str, Sequence[str]], titles: Mapping[str, str] | None = None
) -> None:
    """What the action would not take, beside the fields concerned."""
    for name, sentences in problems.items():
        if name in form.fields:
            form.add_error(name, list(sentences))
        else:
            named = (
                sentences
                if name == NON_FIELD_ERRORS
                else [f"{(titles or {}).get(name, name)}: {one}" for one in sentences]
            )
            form.add_error(None, list(named))
