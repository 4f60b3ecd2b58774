"""What a form is made from, and what becomes of it once it is right: one class a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm, BaseModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import NotDeclared
from capsule.identity import current_identity
from capsule.registry import the_legal
from capsule.toasts import say_done
from collections_app.forms import DocumentForm, editable_columns, field_name
from collections_app.handle import Collection
from collections_app.views import add_record, admit
from live.once import once_by_form
from pages.errors import BadForm
from pages.forms.sent import RESERVED

__all__ = [
    "Beside",
    "Files",
    "FormSource",
    "ModelSource",
    "OwnSource",
    "RecordSource",
    "made",
    "unreserved",
]

Files = MultiValueDict[str, Any]


class Beside(HttpResponse):
    """What is shown beside the form, in the drawer say, while the form itself is empty again."""


class FormSource(ABC):
    """Makes the form, and takes what it was filled in with."""

    @abstractmethod
    def admit(self) -> None:
        """Pass if the identity may send it. Raises ``ScopeError`` or ``PermissionDenied``."""

    @abstractmethod
    def make(self, auto_id: str, data: QueryDict | None = None, files: Files | None = None) -> BaseForm:
        """The form, empty or filled in."""

    @abstractmethod
    def save(self, request: HttpRequest, form: Any) -> HttpResponseBase | None:
        """Do what the valid form is for, or add to its errors. An answer of its own passes through."""

    def once(
        self, request: HttpRequest, effect: Callable[[], HttpResponse], again: Callable[[], HttpResponse]
    ) -> HttpResponseBase:
        """The answer of ``effect``; of a form that was sent before as it is, that of ``again``."""
        return once_by_form(request, effect, again)

    def repeat(self, request: HttpRequest) -> None:
        """Say that it was done, to whoever sent the same form once more."""
        say_done(request, _("This was sent already. It was done once."))


@dataclass(frozen=True)
class RecordSource(FormSource):
    """Adds a record to a collection: who may, and what it may hold, is as it declares."""

    collection: Collection
    initial: Mapping[str, Any] | None = None

    def admit(self) -> None:
        admit(self.collection, "add")

    def make(self, auto_id: str, data: QueryDict | None = None, files: Files | None = None) -> BaseForm:
        declaration = self.collection.in_force
        names = {column.key: field_name(column) for column in editable_columns(declaration)}
        initial = _known(self.initial, names, declaration.name)
        given = {names[key]: value for key, value in initial.items()}
        return DocumentForm(declaration, data, files, auto_id=auto_id, initial=given)

    def save(self, request: HttpRequest, form: DocumentForm) -> HttpResponse | None:
        add_record(request, self.collection, form)
        return None


@dataclass(frozen=True)
class ModelSource(FormSource):
    """Adds a row of a model, for whoever has Django's own permission to add one."""

    form_class: type[BaseForm]
    initial: Mapping[str, Any] | None = None

    def admit(self) -> None:
        options = self.form_class._meta.model._meta  # type: ignore[attr-defined] # a ModelForm's
        require(f"{options.app_label}.add_{options.model_name}", current_identity())

    def make(self, auto_id: str, data: QueryDict | None = None, files: Files | None = None) -> BaseForm:
        return made(self.form_class, self.initial, auto_id, data, files)

    def save(self, request: HttpRequest, form: BaseModelForm[Any]) -> HttpResponse | None:
        form.save()
        say_done(request, _("Saved."))
        return None


@dataclass(frozen=True)
class OwnSource(FormSource):
    """A form that its view has made, fills in and takes by itself."""

    form: BaseForm

    def admit(self) -> None:
        pass  # whoever sees the page was given the form

    def make(self, auto_id: str, data: QueryDict | None = None, files: Files | None = None) -> BaseForm:
        return self.form

    def save(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        raise PermissionDenied


def made(
    form_class: type[BaseForm],
    initial: Mapping[str, Any] | None,
    auto_id: str,
    data: QueryDict | None,
    files: Files | None,
) -> BaseForm:
    """A form of that class. Raises ``NotDeclared`` for an initial value of no field."""
    form = form_class(data, files, auto_id=auto_id)
    form.initial.update(_known(initial, form.fields, form_class.__name__))
    return unreserved(form)


def unreserved(form: BaseForm) -> BaseForm:
    """The form itself. Raises ``TypeError`` for one whose field would take the place of one of ours."""
    taken = RESERVED & form.fields.keys()
    if taken:
        raise BadForm(f"{type(form).__name__}: a field of ui.Form may not be called '{min(taken)}'.")
    return form


def _known(initial: Mapping[str, Any] | None, names: Iterable[str], whose: str) -> Mapping[str, Any]:
    """``initial``, if all its keys are fields. Raises ``NotDeclared`` with the nearest one for another."""
    legal = list(names)
    for key in initial or {}:
        if key not in legal:
            raise NotDeclared(f"ui.Form(initial=): '{whose}' has no field '{key}'. {the_legal(key, legal)}")
    return initial or {}
