"""The way through a wizard: which steps there are, given what was answered, and how far somebody has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set, ValuesView
from dataclasses import dataclass, field
from typing import Any, Final, cast

from django import forms
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capsule.places import place_of_function
from capsule.words import Words
from pages.errors import BadWizard
from pages.forms.sources import unreserved
from pages.wizards.answers import Answers, call, name_of
from pages.wizards.keeping import State, filled, step_key

__all__ = ["DONE", "SUMMARY", "GivenStep", "Path", "Stop", "checked_steps", "path_of", "refuse_passwords"]

GivenStep = type[BaseForm] | Callable[..., type[BaseForm] | Sequence[type[BaseForm]] | None]
SUMMARY: Final = "summary"
DONE: Final = "done"


@dataclass(frozen=True)
class Stop:
    """One step as it is met: what the address calls it, and what its heading says."""

    name: str
    title: Words


@dataclass
class Path:
    """The stops, those beyond the open one as far as they can be told, and the forms of those reached.

    ``beyond`` are the forms of the others, as far as they are known before what is open is answered.
    """

    stops: list[Stop] = field(default_factory=list)
    forms: dict[str, BaseForm] = field(default_factory=dict)
    beyond: dict[str, type[BaseForm]] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    open: str = SUMMARY  # the first that is to be answered

    @property
    def reached(self) -> list[str]:
        """The names of the stops that may be shown, the summary included."""
        return [*self.forms, *([SUMMARY] if self.open == SUMMARY else [])]

    def after(self, name: str) -> str:
        """What comes after a stop that is answered, else the stop itself."""
        if name not in self.forms or name == self.open:
            return self.open if name not in self.forms else name
        names = self.reached
        return names[min(names.index(name) + 1, len(names) - 1)]

    def before(self, name: str) -> str | None:
        """What comes before a stop; ``None`` before the first."""
        names = self.reached
        at = names.index(name) if name in names else 0
        return names[at - 1] if at else None

    def moved(self, at: str, go: str) -> str:
        """Where a button leads: ``next``, or ``step:<name>``. Where that cannot be reached, what is open."""
        if go == "next":
            return self.after(at)
        wanted = go.removeprefix("step:")
        return wanted if wanted in self.reached else self.open


def path_of(steps: Sequence[GivenStep], state: State, request: HttpRequest, auto_id: str) -> Path:
    """The way as it is after what is kept. A step whose answers do not fit any more is open again.

    Raises ``TypeError`` for a step that is none.
    """
    path, is_open = Path(), False
    for step in steps:
        for stop, form_class in _stops(step, request, path.answers, is_open):
            path.stops.append(stop)
            if form_class is None:
                continue
            if is_open:
                path.beyond[stop.name] = form_class
                continue
            form = filled(form_class, state.get(step_key(stop.name)), auto_id)
            path.forms[stop.name] = refuse_passwords(unreserved(form))
            if form.is_bound and form.is_valid():
                path.answers.add(name_of(step), form_class, form.cleaned_data)
            else:
                path.open, is_open = stop.name, True
    return path


def _stops(
    step: GivenStep, request: HttpRequest, answers: Answers, is_open: bool
) -> Iterator[tuple[Stop, type[BaseForm] | None]]:
    """The stops of one step: none where it is skipped, several where it is repeated.

    Of a function that asks for what is still to be answered it is only known that it is there.
    """
    name = name_of(step)
    if isinstance(step, type):
        yield Stop(name, _title_of(step)), step
        return
    try:
        given = call(step, request, answers)
    except LookupError:
        if not is_open:
            raise
        yield Stop(name, _words(name)), None
        return
    classes = _classes(step, given)
    for number, form_class in enumerate(classes, 1):
        if number == 1:
            yield Stop(name, _numbered(form_class, 1, len(classes))), form_class
        else:
            yield Stop(f"{name}-{number}", _numbered(form_class, number, len(classes))), form_class


def _classes(step: Callable[..., Any], given: Any) -> list[type[BaseForm]]:
    """The forms that a step's function returned. Raises ``BadWizard``, with its name and place."""
    is_several = isinstance(given, (Sequence, Set, ValuesView, Iterator)) and not isinstance(given, str)
    classes = [] if given is None else [*given] if is_several else [given]
    for one in classes:
        if not (isinstance(one, type) and issubclass(one, BaseForm)):
            raise BadWizard(
                f"ui.Wizard: the step '{step.__name__}' returned {one!r}. Let it return a form class, a list "
                "of them, or None, where it is skipped.",
                place_of_function(step),
            )
    return classes


def _numbered(form_class: type[BaseForm], number: int, count: int) -> Words:
    title = _title_of(form_class)
    if count == 1:
        return title
    return _("%(step)s %(number)d of %(count)d") % {"step": title, "number": number, "count": count}


def _title_of(form_class: type[BaseForm]) -> Words:
    """What the form says of itself as ``title``, else its name as words."""
    title = getattr(form_class, "title", None)
    return cast(Words, title) if isinstance(title, (str, Promise)) else _words(name_of(form_class))


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def refuse_passwords(form: BaseForm) -> BaseForm:
    """The form itself. Raises ``TypeError`` where it asks for a password."""
    for name, one in form.fields.items():
        if isinstance(one.widget, forms.PasswordInput):
            raise BadWizard(
                f"ui.Wizard: '{name}' of {type(form).__name__} is a password, and answers are kept until the "
                "end. Take the field out of the step, and ask for it where nothing is kept: in a ui.Form of "
                "its own, beside the wizard or on the page that on_finish leads to."
            )
    return form


def checked_steps(steps: Sequence[Any]) -> tuple[GivenStep, ...]:
    """``steps``, if each is one and all have names of their own. Raises ``TypeError``."""
    names: set[str] = set()
    for step in steps:
        is_form = isinstance(step, type) and issubclass(step, BaseForm)
        if not is_form and (isinstance(step, (type, BaseForm)) or not callable(step)):
            raise BadWizard(
                f"A step of ui.Wizard is a form class, or a function that returns one, not {step!r}."
            )
        name = name_of(step)
        if not name or name in (SUMMARY, DONE):
            raise BadWizard(
                f"ui.Wizard: a step needs a name of its own, other than '{SUMMARY}' and '{DONE}'."
            )
        if name in names:
            raise BadWizard(
                f"ui.Wizard has two steps that are called '{name}'. One that is asked again is a function "
                "that returns its form several times."
            )
        names.add(name)
    if not names:
        raise BadWizard("ui.Wizard needs at least one step.")
    return tuple(steps)
