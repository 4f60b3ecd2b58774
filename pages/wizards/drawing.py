"""A wizard as HTML: how far it is, the step with its form, the summary, or what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.widgets import Widget
from capsule.words import Words
from conversations.blocks import unpacked
from pages.forms.drawing import problems_above
from pages.forms.sent import FORM
from pages.wizards.arriving import LED_FROM
from pages.wizards.keeping import RUN, has_begun, seen
from pages.wizards.path import DONE, SUMMARY
from pages.wizards.running import GO, RUN_SEEN, STEP, STEP_SEEN, Running
from pages.wizards.saying import spoken

__all__ = ["address_of", "draw", "result_widget"]


@dataclass(frozen=True)
class Item:
    """A line of the list of steps."""

    name: str
    title: Words
    number: int
    is_current: bool
    is_answered: bool
    may_be_shown: bool

    @property
    def is_summary(self) -> bool:
        """It is the end of the steps, and counts as none of them."""
        return self.name == SUMMARY


def address_of(run: Running, name: str | None) -> str:
    """The page's address with a step named in it; without one where it begins, or goes on."""
    query = run.request.GET.copy()
    query.pop(run.wizard.param, None)
    if name is not None:
        query[run.wizard.param] = name
    return f"{run.request.path}?{query.urlencode()}" if query else run.request.path


def draw(run: Running) -> SafeString:
    """The wizard's element, its own topics aside: it stays as it is while somebody fills it in."""
    if run.shown.name == DONE:
        return _drawn("pages/_wizard_done.html", run, _of_done(run))
    is_summary = run.shown.name == SUMMARY
    template = "pages/_wizard_summary.html" if is_summary else "pages/_wizard_step.html"
    context = {**_of_all(run), **(_of_summary(run) if is_summary else _of_step(run))}
    return _drawn(template, run, context)


def _drawn(template: str, run: Running, context: dict[str, Any]) -> SafeString:
    common = {"widget": run.wizard, "dom_id": run.wizard.dom_id}
    return SafeString(render_to_string(template, {**common, **context}, request=run.request))


def _of_all(run: Running) -> dict[str, Any]:
    name = run.shown.name
    token = seen(run.state, None if name == SUMMARY else name)
    origin = run.origin
    return {
        "here": address_of(run, name),
        # Another once it is answered, so that nothing of it is morphed.
        "form_id": f"{run.wizard.dom_id}-{name}-{token[:8]}",
        "hidden": {
            FORM: run.wizard.dom_id,
            STEP: name,
            RUN_SEEN: run.state.get(RUN, ""),
            STEP_SEEN: token,
            LED_FROM: origin.address if origin is not None else "",
        },
        "go": GO,
        "items": list(_items(run)),
        "before": run.path.before(name),
        "has_begun": has_begun(run.state),
        "moves": _moves(run.request, run),
        "elsewhere": run.shown.elsewhere,
    }


def _moves(request: HttpRequest, run: Running) -> bool:
    """Whether the focus goes into the step: the person came to it, and did not open a page with it."""
    return run.shown.has_moved or run.wizard.param in request.GET


def _items(run: Running) -> Iterator[Item]:
    path, shown = run.path, run.shown.name
    for number, stop in enumerate(path.stops, 1):
        may_be_shown = stop.name in path.forms
        answered = may_be_shown and stop.name != path.open
        yield Item(stop.name, stop.title, number, stop.name == shown, answered, may_be_shown)
    last, is_reached = len(path.stops) + 1, path.open == SUMMARY
    yield Item(SUMMARY, _("Summary"), last, shown == SUMMARY, False, is_reached)


def _of_step(run: Running) -> dict[str, Any]:
    form, name = run.shown.form, run.shown.name
    assert form is not None
    current = next(item for item in _items(run) if item.is_current)
    said = _("Step %(number)d of %(count)d") % {"number": current.number, "count": len(run.path.stops)}
    if _moves(run.request, run) or form.errors:
        _focus(form)
    return {
        "form": form,
        "said": said,
        "title": current.title,
        "problems": [*run.shown.problems, *(problems_above(form) if form.errors else [])],
        "is_last": run.path.stops[-1].name == name,
    }


def _focus(form: BaseForm) -> None:
    visible = form.visible_fields()
    first = next((one for one in visible if one.errors), visible[0] if visible else None)
    if first is not None:
        first.field.widget.attrs["autofocus"] = True


def _of_summary(run: Running) -> dict[str, Any]:
    titles = {stop.name: stop.title for stop in run.path.stops}
    answered = [(name, titles[name], spoken(form)) for name, form in run.path.forms.items()]
    return {"answered": answered, "problems": run.shown.problems}


def _of_done(run: Running) -> dict[str, Any]:
    done = run.done or {}
    return {
        "words": done.get("words", ""),
        "link": done.get("link") or done.get("leads", ""),
        "again": address_of(run, None),
        "origin": run.origin,
        "result": result_widget(run),
    }


def result_widget(run: Running) -> Widget | None:
    """The widget that ``on_finish`` returned, as it reads now; ``None`` where it is declared no more."""
    kept = (run.done or {}).get("widget")
    return unpacked(kept, f"{run.wizard.dom_id}-result") if kept is not None else None
