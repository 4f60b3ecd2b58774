"""The page of all settings: by section, searched, and by those for whom they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.roles import organization_name
from capsule.identity import Identity
from capsule.scopes import Scope
from live.marking import live_element
from settings_app.access import editable_layers
from settings_app.controls import Control, Outcome
from settings_app.declarations import Setting
from settings_app.drawing import render_control

__all__ = ["Section", "live_control", "matching", "page_of_settings", "section_of"]

TAB = "for"  # what names the open tab in the address


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its settings' controls; ``anchor`` is its place in the page's address."""

    title: str
    anchor: str
    controls: list[SafeString]


def page_of_settings(request: HttpRequest, identity: Identity, visible: list[Setting[Any]]) -> dict[str, Any]:
    """What the page's template needs."""
    tabs = _tabs(identity, visible)
    asked = request.GET.get(TAB, "")
    layer: Scope | None = next((one for one, _label in tabs if one == asked), None)
    search = request.GET.get("q", "").strip()
    found = matching(_in_tab(visible, identity, layer), search)
    return {
        "sections": _sections(request, found, layer),
        "count": len(found),
        "search": search,
        "tabs": tabs,
        "open_tab": layer or "",
        "declared": bool(visible),
    }


def live_control(request: HttpRequest, control: Control, outcome: Outcome | None = None) -> SafeString:
    """The control, which follows what others set."""
    of = ("setting", control.setting.name)
    return live_element(control.element_id, lambda: render_control(request, control, outcome), request, of=of)


def section_of(setting: Setting[Any]) -> str:
    """The heading under which it stands."""
    return str(setting.section or _("General"))


def matching(settings: Iterable[Setting[Any]], search: str) -> list[Setting[Any]]:
    """Those that have every word of the search in what people read of them, or in their name."""
    words = search.casefold().split()

    def text(setting: Setting[Any]) -> str:
        return f"{setting.title} {setting.help_text} {setting.section or ''} {setting.name}".casefold()

    return [setting for setting in settings if all(word in text(setting) for word in words)]


def _tabs(identity: Identity, visible: list[Setting[Any]]) -> list[tuple[Scope, str]]:
    """For whom this person may set something; nothing where that is but one."""
    wider = {layer for setting in visible for layer in editable_layers(setting, identity)}
    labels: list[tuple[Scope, str]] = [("user", _("You"))]
    if "owner" in wider and identity.organization_id is not None:
        labels.append(("owner", organization_name(identity)))
    if "app" in wider:
        labels.append(("app", _("Everybody")))
    return labels if len(labels) > 1 else []


def _in_tab(visible: list[Setting[Any]], identity: Identity, layer: Scope | None) -> list[Setting[Any]]:
    if layer is None:
        return visible
    if layer == "user":
        own = {"user", "session"} | ({"owner"} if identity.organization_id is None else set())
        return [setting for setting in visible if setting.scope in own]
    return [setting for setting in visible if layer in editable_layers(setting, identity)]


def _sections(request: HttpRequest, found: list[Setting[Any]], layer: Scope | None) -> list[Section]:
    # By section in the order of their first setting; sorting is stable, so settings keep theirs.
    order = list(dict.fromkeys(section_of(setting) for setting in found))
    ordered = sorted(found, key=lambda setting: order.index(section_of(setting)))
    begins = None if layer == "user" else layer
    return [
        Section(
            title,
            f"section-{slugify(title, allow_unicode=True) or number}",
            [live_control(request, Control(setting, layer=begins)) for setting in group],
        )
        for number, (title, group) in enumerate(groupby(ordered, key=section_of), 1)
    ]
