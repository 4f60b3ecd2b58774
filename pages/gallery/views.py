"""The pages of the gallery: the list of all states, and each of them."""

from __future__ import annotations

from itertools import groupby

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from capsule.http import allow
from capsule.widgets import Widget
from pages import ui
from pages.gallery.states import find_state, states
from pages.rendering import files_of, render_widget

__all__ = ["index", "one_state"]

READING = ("GET", "HEAD")


def index(request: HttpRequest) -> HttpResponse:
    """Every state, by widget."""
    if refused := allow(request, READING):
        return refused
    widgets = [(name, list(group)) for name, group in groupby(states(), key=lambda one: one.widget)]
    return render(request, "pages/gallery/index.html", {"widgets": widgets})


def one_state(request: HttpRequest, widget: str, name: str) -> HttpResponse:
    """One widget in one state."""
    if refused := allow(request, READING):
        return refused
    state = find_state(widget, name)
    if state is None:
        raise Http404
    with translation.override(state.language or translation.get_language()):
        drawn = state.draw(request)
        content = render_widget(drawn, request) if isinstance(drawn, Widget) else drawn
        # What is drawn as HTML is one of these, with something about it.
        wizard = ui.Wizard([Form], on_finish=dict, key="states")
        parts = [ui.Table([]), ui.SettingsPanel(), ui.Form("states"), ui.ChatPanel(), wizard]
        whole = drawn if isinstance(drawn, Widget) else ui.Row(parts)
        styles, scripts = files_of(whole)
        context = {"state": state, "content": content, "styles": styles, "scripts": scripts}
        return render(request, "pages/gallery/state.html", context)
