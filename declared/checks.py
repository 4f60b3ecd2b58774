"""What ``manage.py check`` says of the widgets that pages make, as far as a source tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, ParamSpec
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, register
from django.forms import BaseForm, BaseModelForm

from capsule.errors import NotDeclared, sentence_of
from capsule.registry import did_you_mean
from capsule.system_checks import Error
from capsule.widgets import Widget
from collections_app.handle import Collection
from collections_app.queries.unknown_keys import slip_of
from conversations.declarations import DEFAULT, message_handlers
from declared.uses import WidgetCall, widgets_of
from handlers.actions import Action, actions_registry, declared_action
from handlers.parameters import BadSignature
from pages.declarations import PageDeclaration, pages
from pages.errors import BadWidget
from pages.forms.acting import check_fields
from pages.icons import icon
from pages.parameters import parameters_of
from pages.ui import Button, Chart, ChatPanel, Form, Image, Metric, SettingsPanel, Table
from pages.ui.actions import check_pressed
from pages.ui.chat import check_seat
from pages.ui.params import PARAM_CONTROLS, misfit
from pages.ui.readings import resolved
from pages.ui.settings import check_control
from pages.ui.table import check_row_action, check_row_link
from settings_app.declarations import Setting, settings_registry
from settings_app.index import section_of

__all__ = ["check_widgets", "problems_of_widgets", "register_checks"]

P = ParamSpec("P")


def register_checks() -> None:
    register(check_widgets)


def check_widgets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every widget of a declared page that could not show, or do, what it names.

    What only shows when the page is called is said in the widget's own frame.
    """
    labels = None if app_configs is None else {config.label for config in app_configs}
    return [
        problem
        for page in pages
        if labels is None or page.app_label in labels
        for problem in problems_of_widgets(page)
    ]


def problems_of_widgets(page: PageDeclaration) -> Iterator[CheckMessage]:
    """What is wrong with what one page's widgets are given; each problem with a hint."""
    packages = frozenset({page.module.split(".")[0]})
    for call in widgets_of(page.function, packages):
        if issubclass(call.kind, SettingsPanel):
            yield from _section(page, call)
        elif "setting" in call.given:
            yield from _setting(page, call)
        elif "param" in call.given and call.kind.kind in PARAM_CONTROLS:
            yield from _param(page, call)
        elif call.kind in _OTHERS:
            yield from _OTHERS[call.kind](page, call)
        yield from _names(page, call)


def _names(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    """What is given by its name: a source, an action, an icon."""
    source, shown = call.text("source"), call.text("icon")
    if source and call.kind in (Chart, Metric, Table):
        yield from _refused(page, call, "E013", resolved, source)
    for name in [call.value("action"), *call.values("actions")] if call.kind in (Button, Table) else []:
        if isinstance(name, str):
            yield from _refused(page, call, "E014", declared_action, name)
    if shown:
        yield from _refused(page, call, "E016", icon, shown)


def _section(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    section = call.value("section")
    sections = sorted({section_of(setting) for setting in settings_registry})
    if isinstance(section, str) and section not in sections:
        message = f"shows the settings of the section '{section}', in which none is declared."
        yield _error(page, call, message, did_you_mean(section, sections), "E003")


def _setting(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    setting = call.value("setting")
    if isinstance(setting, str):
        if setting not in settings_registry:
            hint = did_you_mean(setting, settings_registry.names())
            yield _error(page, call, f"names the setting '{setting}', which nobody declares.", hint, "E001")
            return
        setting = settings_registry.get(setting)
    if isinstance(setting, Setting):
        try:
            check_control(call.kind.kind, setting)
        except TypeError as misfit:
            yield _error(page, call, "cannot show its setting.", sentence_of(misfit), "E002")


def _param(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    name = call.value("param")
    if not isinstance(name, str) or isinstance(page.function, type):
        return
    try:
        fields = parameters_of(page.function, page.route_names).fields
    except BadSignature:
        return  # pages.E006 says why
    if name not in fields:
        hint = did_you_mean(name, list(fields))
        message = f"names the parameter '{name}', which the page's function does not take."
        yield _error(page, call, message, hint, "E004")
    elif problem := misfit(call.kind.kind, fields[name]):
        yield _error(page, call, "cannot show its parameter.", problem, "E005")


def _form(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    """Of a form that makes its fields when it is made nothing is known before."""
    form, action = call.value("source"), _action(call.value("action"))
    is_plain = isinstance(form, type) and issubclass(form, BaseForm) and form.__init__ in _DJANGOS
    if is_plain and action is not None:
        yield from _refused(page, call, "E006", check_fields, form.__name__, form.base_fields, action)


_DJANGOS: Final = (BaseForm.__init__, BaseModelForm.__init__)


def _button(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    if (action := _action(call.value("action"))) is not None:
        yield from _refused(page, call, "E007", check_pressed, action)


def _table(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    for action in filter(None, map(_action, call.values("actions"))):
        yield from _refused(page, call, "E008", check_row_action, action)
    yield from _refused(page, call, "E009", check_row_link, call.value("row_link"))
    collection = call.collection("source")
    if collection is not None and collection.declaration.columns:
        shown = [column.key for column in collection.declaration.visible_columns]
        sortable = [column.key for column in collection.declaration.columns]
        yield from _columns(page, call, collection, call.keys("columns"), shown)
        yield from _columns(
            page, call, collection, [key.removeprefix("-") for key in call.keys("sort")], sortable
        )


def _columns(
    page: PageDeclaration, call: WidgetCall, collection: Collection, keys: Iterable[str], known: list[str]
) -> Iterator[CheckMessage]:
    for key in keys:
        if key not in known:
            message = f"names the column '{key}', which '{collection.name}' does not have."
            yield _error(page, call, message, did_you_mean(key, known), "E015")


def _measured(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    """Documents may have keys of their own, so that only what reads like a column is known to be none."""
    collection = call.collection("source")
    if collection is None:
        return
    known = [column.key for column in collection.declaration.columns]
    for key in (key for name in ("x", "y", "series", "field", "spark") for key in call.keys(name)):
        outermost = key.split("__")[0].split(".")[0]
        if {key, outermost}.isdisjoint(known) and slip_of(collection, outermost):
            yield from _columns(page, call, collection, [outermost], known)


def _picture(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    """Of a static file it is known whether it is there."""
    source = call.text("src")
    if source and not urlsplit(source).scheme and not source.startswith("/") and not finders.find(source):
        hint = f"Put it into the folder static/ of an application: {page.app_label}/static/{source}."
        yield _error(page, call, f"shows '{source}', a static file that there is not.", hint, "E010")


def _chat(page: PageDeclaration, call: WidgetCall) -> Iterator[CheckMessage]:
    handler = call.text("handler")
    if handler and handler != DEFAULT and handler not in message_handlers:
        hint = did_you_mean(handler, message_handlers.names())
        yield _error(
            page, call, f"names the message handler '{handler}', which nobody declares.", hint, "E011"
        )
    yield from _refused(
        page, call, "E012", check_seat, call.text("mode") or "multi", call.text("scope") or None
    )


_OTHERS: Final[dict[type[Widget], Callable[[PageDeclaration, WidgetCall], Iterator[CheckMessage]]]] = {
    Button: _button,
    Chart: _measured,
    ChatPanel: _chat,
    Form: _form,
    Image: _picture,
    Metric: _measured,
    Table: _table,
}


def _action(value: object) -> Action[..., Any] | None:
    """A declared action, or the one of that name."""
    if isinstance(value, str) and value in actions_registry:
        return actions_registry.get(value)
    return value if isinstance(value, Action) else None


def _refused(
    page: PageDeclaration,
    call: WidgetCall,
    number: str,
    check: Callable[P, object],
    *args: P.args,
    **kw: P.kwargs,
) -> Iterator[CheckMessage]:
    """What the widget itself would say of this when it is drawn."""
    try:
        check(*args, **kw)
    except BadSignature:
        return  # which the checks of pages and actions say
    except (BadWidget, NotDeclared) as refusal:
        yield _error(page, call, "cannot be drawn.", sentence_of(refusal), number)


def _error(page: PageDeclaration, call: WidgetCall, message: str, hint: str, number: str) -> Error:
    subject = f"The page '{page.name}': ui.{call.kind.__name__}"
    return Error(f"{subject} {message}", hint=f"{hint} ({call.place})", obj=subject, id=f"declared.{number}")
