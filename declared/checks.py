"""What ``manage.py check`` says of the settings and parameters that pages show, as far as a source tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register

from capsule.errors import sentence_of
from capsule.registry import did_you_mean
from capsule.system_checks import Error
from declared.uses import WidgetCall, widgets_of
from handlers.parameters import BadSignature
from pages.declarations import PageDeclaration, pages
from pages.parameters import parameters_of
from pages.ui import SettingsPanel
from pages.ui.params import PARAM_CONTROLS, misfit
from pages.ui.settings import check_control
from settings_app.declarations import Setting, settings_registry
from settings_app.index import section_of

__all__ = ["check_widgets", "problems_of_widgets", "register_checks"]


def register_checks() -> None:
    register(check_widgets)


def check_widgets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every widget of a declared page that could not show the setting it names.

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
    """What is wrong with the settings and parameters of one page's widgets; each problem with a hint."""
    packages = frozenset({page.module.split(".")[0]})
    for call in widgets_of(page.function, packages):
        if issubclass(call.kind, SettingsPanel):
            yield from _section(page, call)
        elif "setting" in call.given:
            yield from _setting(page, call)
        elif "param" in call.given and call.kind.kind in PARAM_CONTROLS:
            yield from _param(page, call)


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


def _error(page: PageDeclaration, call: WidgetCall, message: str, hint: str, number: str) -> Error:
    subject = f"The page '{page.name}': ui.{call.kind.__name__}"
    where = f"{page.module}:{page.line}"
    return Error(f"{subject} {message}", hint=f"{hint} ({where})", obj=subject, id=f"declared.{number}")
