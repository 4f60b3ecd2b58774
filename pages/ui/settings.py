"""The widgets that show and save a setting."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.widgets import Widget
from capsule.words import Words
from pages.ui.params import render_select
from settings_app.controls import ANY_CONTROL, Control, fitting_controls, render_control
from settings_app.declarations import Setting as DeclaredSetting
from settings_app.declarations import settings_registry

__all__ = ["NumberInput", "Select", "Setting", "TextInput", "Toggle"]

_WIDGETS = {
    "toggle": "ui.Toggle",
    "text-input": "ui.TextInput",
    "number-input": "ui.NumberInput",
    "select": "ui.Select",
}


def declared_setting(setting: DeclaredSetting[Any] | str) -> DeclaredSetting[Any]:
    """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
    return settings_registry.get(setting) if isinstance(setting, str) else setting


def check_control(kind: str, setting: DeclaredSetting[Any]) -> None:
    """Raises ``TypeError``, with those that fit, where this kind of control cannot show the setting."""
    fitting = fitting_controls(setting)
    if kind not in fitting and kind != ANY_CONTROL:
        raise TypeError(_misfit(kind, setting, fitting))


@dataclass(frozen=True)
class _SettingControl(Widget):
    """What the controls share. ``setting`` is the declared setting or its name."""

    styles: ClassVar[tuple[str, ...]] = ("settings_app/settings.css",)

    label: Words | None = None
    _: KW_ONLY
    setting: DeclaredSetting[Any] | str

    def __post_init__(self) -> None:
        check_control(self.kind, self.declared)

    @property
    def declared(self) -> DeclaredSetting[Any]:
        """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
        return declared_setting(self.setting)

    @property
    def name(self) -> str:
        return self.key or self.declared.name

    def render(self, request: HttpRequest) -> SafeString:
        return render_control(request, Control(self.declared, self.kind, self.dom_id, str(self.label or "")))


def _misfit(kind: str, setting: DeclaredSetting[Any], fitting: list[str]) -> str:
    names = ", ".join([*(_WIDGETS[control] for control in fitting), "ui.Setting"])
    why = "which has no options=" if kind == "select" and not setting.options else "which it cannot show"
    return (
        f"{_WIDGETS[kind]} is given the setting '{setting.name}' of type {setting.type.__name__}, {why}. "
        f"These fit: {names}."
    )


@dataclass(frozen=True)
class Toggle(_SettingControl):
    """A switch for a setting of type ``bool``; saves when it is flipped.

    Example: ``ui.Toggle("Show closed", setting=show_closed)``
    """

    kind: ClassVar[str] = "toggle"


@dataclass(frozen=True)
class TextInput(_SettingControl):
    """A line of text, or several where the setting is ``multiline``.

    Example: ``ui.TextInput(setting=greeting)``
    """

    kind: ClassVar[str] = "text-input"


@dataclass(frozen=True)
class NumberInput(_SettingControl):
    """A number with its range and unit, for a setting of type ``int`` or ``float``.

    Example: ``ui.NumberInput(setting=font_size)``
    """

    kind: ClassVar[str] = "number-input"


@dataclass(frozen=True)
class Select(Widget):
    """One of several options: of a setting, or of a parameter of the page.

    A parameter's options are those of the page function's ``Literal``; choosing one changes the address, and
    of the page only what depends on it. ``setting`` is the declared setting or its name.

    Raises ``TypeError`` unless it is given one of the two.

    Example: ``ui.Select("Density", setting=density)``, ``ui.Select("Period", param="period")``
    """

    kind: ClassVar[str] = "select"
    styles: ClassVar[tuple[str, ...]] = _SettingControl.styles
    scripts: ClassVar[tuple[str, ...]] = ("pages/params.js",)

    label: Words | None = None
    _: KW_ONLY
    setting: DeclaredSetting[Any] | str | None = None
    param: str | None = None

    def __post_init__(self) -> None:
        if (self.setting is None) == (self.param is None):
            raise TypeError("ui.Select shows a setting= or a param= of the page: give one of the two.")
        if self.setting is not None:
            check_control("select", declared_setting(self.setting))

    @property
    def name(self) -> str:
        if self.setting is None:
            return self.key or self.param or ""
        return self.key or declared_setting(self.setting).name

    def render(self, request: HttpRequest) -> SafeString:
        label = str(self.label or "")
        if self.setting is None:
            return render_select(request, self.dom_id, self.param or "", label)
        return render_control(request, Control(declared_setting(self.setting), "select", self.dom_id, label))


@dataclass(frozen=True)
class Setting(Widget):
    """A setting with whichever control suits its type.

    Example: ``ui.Setting(font_size)``
    """

    kind: ClassVar[str] = ANY_CONTROL
    styles: ClassVar[tuple[str, ...]] = _SettingControl.styles

    setting: DeclaredSetting[Any] | str

    def __post_init__(self) -> None:
        _ = self.declared  # a name that nobody declares is an error here, not when the page is drawn

    @property
    def declared(self) -> DeclaredSetting[Any]:
        """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
        return declared_setting(self.setting)

    @property
    def name(self) -> str:
        return self.key or self.declared.name

    def render(self, request: HttpRequest) -> SafeString:
        return render_control(request, Control(self.declared, self.kind, self.dom_id))
