"""Addresses for the floor's own tests: one for each way in which a view can end."""

from __future__ import annotations

from typing import NoReturn

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import include, path

from capsule import BadInput, NotDeclared, ScopeError, current_identity
from capsule.http import allow, safe_next
from capsule.json_values import clean_json
from capsule.routing import either

ERRORS: dict[str, type[Exception] | Exception] = {
    "scope": ScopeError("Sign in to see this."),
    "denied": PermissionDenied,
    "bad": BadInput("This page number is not usable.", {"page": ["Use 1 or more."]}),
    "undeclared": NotDeclared("No collection is named 'secret'."),
    "missing": Http404("where is it"),
    "broken": ZeroDivisionError("the secret text of an exception"),
}


def failing(request: HttpRequest, kind: str) -> NoReturn:
    raise ERRORS[kind]


def json_failing(request: HttpRequest) -> HttpResponse:
    return JsonResponse(clean_json({"meta": {"plan": float("nan")}}))


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse("cached", headers={"Cache-Control": "public, max-age=60"})


def reading(request: HttpRequest) -> HttpResponseBase:
    return allow(request, ["GET", "POST"]) or HttpResponse("read")


def going(request: HttpRequest) -> HttpResponse:
    return HttpResponse(safe_next(request, "/fallback/"))


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(current_identity().user_id or "nobody")


async def who_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(current_identity().user_id or "nobody")


urlpatterns = [
    path("failing/<str:kind>/", failing),
    path("data/failing/<str:kind>/", failing),
    path("json/", json_failing),
    path("plain/", plain),
    path("cached/", cached),
    path("going/", going),
    path("who/", who),
    path("who-async/", who_async),
    *either("reading/", reading, name="reading"),
    *either("data/", reading, name="data"),
    path("", include("capsule_site.urls")),
]

handler400 = "capsule.error_views.bad_request"
handler403 = "capsule.error_views.permission_denied"
handler404 = "capsule.error_views.not_found"
handler500 = "capsule.error_views.server_error"
