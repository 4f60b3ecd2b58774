"""One desk, as each kind of view that Django has: what holds of a declared page holds of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path
from django.views.decorators.cache import cache_page
from django.views.generic import DetailView, ListView, TemplateView, View

from capsule import PageRequest
from capsule.widgets import Widget
from pages import ui
from pages.declarations import PageDeclaration
from tests.testapp.declared.collections import bookmarks, threads
from tests.testapp.declared.handlers import activity
from tests.testapp.declared.pages import Probe
from tests.testapp.declared.settings import show_closed

__all__ = ["KINDS", "OF_OUR_SHELL", "urlpatterns"]

WIDGETS = """
<p>{{ words }}</p>
{% metric "All" threads %}
{% table threads page_size=2 sort="priority" %}
{% if is_closed_shown %}{% widget closed %}{% endif %}
{% setting "test_show_closed" %}
{% widget probe %}
{% chart activity x="day" y="opened" %}
{% button "Ping" "test_ping" %}
{% form bookmarks submit="Keep" %}
{% chat "test-helper" %}
<form method="post">{% csrf_token %}<input name="words"></form>
"""
SHELL = (
    '{% extends "capsule/page.html" %}{% load capsule %}{% block page.title %}Desk{% endblock %}'
    "{% block page.content %}" + WIDGETS + "{% endblock %}"
)
OWN = (
    "{% load capsule %}<!doctype html><html lang=en><head><title>Ours</title>{% capsule_head %}</head>"
    "<body{% capsule_body %}><main id=main>" + WIDGETS + "</main>{% capsule_foot %}</body></html>"
)
IN_THE_SHELL, OF_ITS_OWN = (engines["django"].from_string(source) for source in (SHELL, OWN))


def context() -> dict[str, Any]:
    """What each of the views reads, and shows."""
    return {
        "words": f"{threads.count()} threads.",
        "threads": threads,
        "is_closed_shown": show_closed.get(),
        "closed": ui.Table(threads.filter(status="closed"), key="closed"),
        "probe": Probe("one"),
        "activity": activity,
        "bookmarks": bookmarks,
    }


def widgets(request: PageRequest) -> ui.Page:
    """The same as a page of widgets."""
    given = context()
    closed: list[Widget] = [given["closed"]] if given["is_closed_shown"] else []
    return ui.Page(
        [
            given["words"],
            ui.Metric("All", threads),
            ui.Table(threads, page_size=2, sort="priority"),
            *closed,
            ui.Setting(show_closed),
            given["probe"],
            ui.Chart(activity, x="day", y="opened"),
            ui.Button("Ping", action="test_ping"),
            ui.Form(bookmarks, submit="Keep"),
            ui.ChatPanel("test-helper"),
        ],
        title="Desk",
    )


def plain(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(IN_THE_SHELL.render(context(), request))
    response["X-Made-By"] = "the view"
    return response


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    """Its page is never in one piece: it is sent as it is made."""
    return StreamingHttpResponse(iter(["<!doctype html>", IN_THE_SHELL.render(context(), request)]))


def own(request: HttpRequest) -> HttpResponse:
    return HttpResponse(OF_ITS_OWN.render(context(), request))


def later(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, IN_THE_SHELL, context())


async def waiting(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(plain)(request)


class Desk(LoginRequiredMixin):
    """What the generic views below have in common."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**given, **context()}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> Any:
        return TemplateResponse(self.request, IN_THE_SHELL, context)


class Templated(Desk, TemplateView):
    pass


class Listed(Desk, ListView):  # type: ignore[type-arg]
    def get_queryset(self) -> Any:
        return threads.find()


class Detailed(Desk, DetailView):  # type: ignore[type-arg]
    def get_object(self, queryset: Any = None) -> Any:
        return threads.find_one()


def declared(function: Callable[..., Any]) -> Callable[..., Any]:
    return PageDeclaration(
        "here", "Here", function, "file", "x/", None, "authenticated", True, __name__, 1
    ).view


class Classy(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return later(request)


VIEWS: dict[str, Callable[..., Any]] = {
    "page": declared(widgets),
    "page-on-function": declared(later),
    "page-on-class": declared(Classy),
    "function": login_required(plain),
    "template": Templated.as_view(),
    "list": Listed.as_view(),
    "detail": Detailed.as_view(),
    "later": login_required(later),
    "async": login_required(waiting),
    "own": login_required(own),
    "cached": login_required(cache_page(60)(plain)),
    "cached-later": login_required(cache_page(60)(later)),
}
KINDS = sorted(VIEWS)
OF_OUR_SHELL = [kind for kind in KINDS if kind != "own"]
_kinds = [path(f"{kind}/", view, name=kind) for kind, view in VIEWS.items()]
urlpatterns = [
    path("deep/", include((_kinds, "kinds"), namespace="deep")),
    path("streaming/", login_required(streaming)),
    path("", include("tests.urls")),
]
