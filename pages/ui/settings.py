"""The controls: those that show and save a setting, and those of a parameter of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.date_ranges import DateRange as Days
from capsule.widgets import Widget
from capsule.words import Words
from pages.errors import BadControl
from pages.ui.params import ParamControl, param_digest
from settings_app.controls import ANY_CONTROL, Control, fitting_controls
from settings_app.declarations import Setting as DeclaredSetting
from settings_app.declarations import settings_registry
from settings_app.drawing import render_control

__all__ = [
    "STYLES",
    "DateRange",
    "NumberInput",
    "Select",
    "Setting",
    "TextInput",
    "Toggle",
    "check_control",
]

# The history of a setting opens beside the page, where a record of a table does.
STYLES = ("settings_app/settings.css", "collections_app/record.css")
PARAM_STYLES = ("settings_app/settings.css", "pages/params.css")
PARAM_SCRIPTS = ("pages/params.js",)
PRESETS = ("today", "last-7-days", "last-30-days", "last-90-days", "this-month", "last-month", "this-year")

_WIDGETS = {
    "toggle": "ui.Toggle",
    "text-input": "ui.TextInput",
    "number-input": "ui.NumberInput",
    "select": "ui.Select",
}


def declared_setting(setting: DeclaredSetting[Any] | str) -> DeclaredSetting[Any]:
    """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
    return settings_registry.get(setting) if isinstance(setting, str) else setting


def _known(setting: DeclaredSetting[Any] | str) -> DeclaredSetting[Any] | None:
    """The declaration; nothing for a name that has none, which drawing says in the widget's own frame."""
    is_unknown = isinstance(setting, str) and setting not in settings_registry
    return None if is_unknown else declared_setting(setting)


def _name_of(setting: DeclaredSetting[Any] | str) -> str:
    return setting if isinstance(setting, str) else setting.name


def check_control(kind: str, setting: DeclaredSetting[Any]) -> None:
    """Raises ``TypeError``, with those that fit, where this kind of control cannot show the setting."""
    fitting = fitting_controls(setting)
    if kind not in fitting and kind != ANY_CONTROL:
        raise BadControl(_misfit(kind, setting, fitting))


@dataclass(frozen=True)
class _Control(Widget):
    """What the controls share: each shows a setting, or a parameter of the page."""

    styles: ClassVar[tuple[str, ...]] = (*STYLES, "pages/params.css")

    label: Words | None = None
    _: KW_ONLY
    setting: DeclaredSetting[Any] | str | None = None
    param: str | None = None

    def __post_init__(self) -> None:
        if (self.setting is None) == (self.param is None):
            widget = _WIDGETS[self.kind]
            raise BadControl(f"{widget} shows a setting= or a param= of the page: give one of the two.")
        declared = None if self.setting is None else _known(self.setting)
        if declared is not None:
            check_control(self.kind, declared)

    @property
    def asks_for(self) -> str | None:
        """The parameter of the page whose mistakes it shows."""
        return self.param

    @property
    def scripts(self) -> tuple[str, ...]:
        return () if self.param is None else PARAM_SCRIPTS

    @property
    def name(self) -> str:
        if self.setting is None:
            return self.key or self.param or ""
        return self.key or _name_of(self.setting)

    def digest(self, request: HttpRequest) -> str:
        return super().digest(request) if self.param is None else param_digest(request, self.param, self)

    def render(self, request: HttpRequest) -> SafeString:
        if self.setting is None:
            return self._of_param().render(request)
        control = Control(declared_setting(self.setting), self.kind, self.dom_id, str(self.label or ""))
        return render_control(request, control)

    def _of_param(self) -> ParamControl:
        return ParamControl(self.kind, self.param or "", self.dom_id, self.label)


def _misfit(kind: str, setting: DeclaredSetting[Any], fitting: list[str]) -> str:
    names = ", ".join([*(_WIDGETS[control] for control in fitting), "ui.Setting"])
    why = "which has no options=" if kind == "select" and not setting.options else "which it cannot show"
    return (
        f"{_WIDGETS[kind]} is given the setting '{setting.name}' of type {setting.type.__name__}, {why}. "
        f"These fit: {names}."
    )


@dataclass(frozen=True)
class Toggle(_Control):
    """A switch for a setting or a parameter of type ``bool``; it holds when it is flipped.

    Example: ``ui.Toggle("Show closed", setting=show_closed)``, ``ui.Toggle("Late only", param="late")``
    """

    kind: ClassVar[str] = "toggle"


@dataclass(frozen=True)
class TextInput(_Control):
    """A line of text, or several where the setting is ``multiline``; a page follows a parameter as one types.

    ``placeholder`` is a parameter's; a setting has its own.

    Example: ``ui.TextInput(setting=greeting)``, ``ui.TextInput("Find", param="words")``
    """

    kind: ClassVar[str] = "text-input"
    placeholder: Words = ""

    def _of_param(self) -> ParamControl:
        return replace(super()._of_param(), placeholder=self.placeholder)


@dataclass(frozen=True)
class NumberInput(_Control):
    """A number with its range, for a setting or a parameter of type ``int`` or ``float``.

    A parameter's range is that of its annotation: ``Annotated[int, Field(ge=1, le=100)]``.

    Example: ``ui.NumberInput(setting=font_size)``, ``ui.NumberInput("At least", param="least")``
    """

    kind: ClassVar[str] = "number-input"


@dataclass(frozen=True)
class Select(_Control):
    """One of several options, or some of them: of a setting, or of a parameter of the page.

    A parameter's options are those of its ``Literal`` or ``Enum``, Yes and No of a ``bool``; of a ``list`` of
    them several are chosen, and one that may be ``None`` has an option for that, which ``empty`` calls
    (default: All). ``labels`` say what options are called. Choosing changes the address, and of the page only
    what depends on it. ``setting`` is the declared setting or its name.

    Raises ``TypeError`` unless it is given one of the two.

    Example: ``ui.Select("Density", setting=density)``, ``ui.Select("Period", param="period")``
    """

    kind: ClassVar[str] = "select"
    labels: Mapping[Any, Words] | None = None
    empty: Words | None = None

    def _of_param(self) -> ParamControl:
        return replace(super()._of_param(), labels=self.labels, empty=self.empty)


@dataclass(frozen=True)
class DateRange(Widget):
    """From a day until a day, for a parameter of the page annotated with ``capsule.DateRange``.

    ``presets`` are the named ranges that it offers first: ``"today"``, ``"last-7-days"``, ``"this-month"``.

    Raises ``ValueError`` for a preset that there is not.

    Example: ``ui.DateRange("Received", param="received")``
    """

    kind: ClassVar[str] = "date-range"
    styles: ClassVar[tuple[str, ...]] = PARAM_STYLES
    scripts: ClassVar[tuple[str, ...]] = PARAM_SCRIPTS

    label: Words | None = None
    _: KW_ONLY
    param: str
    presets: Sequence[str] = PRESETS

    def __post_init__(self) -> None:
        for name in self.presets:
            Days.named(name)

    @property
    def name(self) -> str:
        return self.key or self.param

    @property
    def asks_for(self) -> str:
        return self.param

    def digest(self, request: HttpRequest) -> str:
        return param_digest(request, self.param, self)

    def render(self, request: HttpRequest) -> SafeString:
        control = ParamControl(self.kind, self.param, self.dom_id, self.label, presets=self.presets)
        return control.render(request)


@dataclass(frozen=True)
class Setting(Widget):
    """A setting with whichever control suits its type.

    Example: ``ui.Setting(font_size)``
    """

    kind: ClassVar[str] = ANY_CONTROL
    styles: ClassVar[tuple[str, ...]] = STYLES

    setting: DeclaredSetting[Any] | str

    @property
    def declared(self) -> DeclaredSetting[Any]:
        """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
        return declared_setting(self.setting)

    @property
    def name(self) -> str:
        return self.key or _name_of(self.setting)

    def render(self, request: HttpRequest) -> SafeString:
        return render_control(request, Control(self.declared, self.kind, self.dom_id))
