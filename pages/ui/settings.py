"""The widgets that show and save a setting."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.safestring import SafeString

from capsule.widgets import Widget
from capsule.words import Words
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


@dataclass(frozen=True)
class _SettingControl(Widget):
    """What the controls share. ``setting`` is the declared setting or its name."""

    styles: ClassVar[tuple[str, ...]] = ("settings_app/settings.css",)

    label: Words | None = None
    _: KW_ONLY
    setting: DeclaredSetting[Any] | str

    def __post_init__(self) -> None:
        fitting = fitting_controls(self.declared)
        if self.kind not in fitting and self.kind != ANY_CONTROL:
            raise TypeError(_misfit(self.kind, self.declared, fitting))

    @property
    def declared(self) -> DeclaredSetting[Any]:
        """The declaration. Raises ``NotDeclared``, with the nearest name, for a name that has none."""
        return settings_registry.get(self.setting) if isinstance(self.setting, str) else self.setting

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
class Select(_SettingControl):
    """One of the setting's options.

    Example: ``ui.Select("Density", setting=density)``
    """

    kind: ClassVar[str] = "select"


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
        return settings_registry.get(self.setting) if isinstance(self.setting, str) else self.setting

    @property
    def name(self) -> str:
        return self.key or self.declared.name

    def render(self, request: HttpRequest) -> SafeString:
        return render_control(request, Control(self.declared, self.kind, self.dom_id))
