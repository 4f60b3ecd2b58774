"""The widget that shows several settings: those of a section, or all that a person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from capsule.errors import NotDeclared
from capsule.identity import current_identity
from capsule.registry import did_you_mean
from capsule.widgets import Widget
from capsule.words import Words
from pages.rendering import render_widget
from pages.ui.settings import STYLES, Setting
from settings_app.access import is_visible
from settings_app.declarations import settings_registry
from settings_app.index import section_of

__all__ = ["SettingsPanel"]


@dataclass(frozen=True)
class SettingsPanel(Widget):
    """The settings of one section that the person may see, each with its control, in a card; without a
    section all of them. Of what they may not see nothing is said.

    Example: ``ui.SettingsPanel("Team")``
    """

    kind: ClassVar[str] = "settings-panel"
    styles: ClassVar[tuple[str, ...]] = STYLES

    section: Words | None = None

    @property
    def name(self) -> str:
        return self.key or (slugify(str(self.section), allow_unicode=True) if self.section else "all")

    def children(self) -> tuple[Setting, ...]:
        return tuple(
            Setting(setting, key=f"{self.name}-{setting.name}")
            for setting in settings_registry
            if self.section is None or section_of(setting) == str(self.section)
        )

    def shown(self, request: HttpRequest) -> tuple[Widget, ...]:
        identity = current_identity()
        return tuple(child for child in self.children() if is_visible(child.declared, identity))

    def render(self, request: HttpRequest) -> SafeString:
        """Raises ``NotDeclared``, with the nearest one, for a section in which no setting is declared."""
        if self.section is not None and not self.children():
            hint = did_you_mean(str(self.section), sorted({section_of(one) for one in settings_registry}))
            raise NotDeclared(f"No setting has the section '{self.section}'. {hint}".strip())
        controls = [render_widget(child, request) for child in self.shown(request)]
        context = {"widget": self, "controls": controls, "is_known": current_identity().is_authenticated}
        return render_to_string("pages/_settings_panel.html", context)
