"""What a data handler costs over a bare Django view of the same JSON, with the same middlewares.

Thirty points and one typed parameter, in this process, without a socket: requests go through Django's own
handler with the site's middlewares. Two pairs: for everybody (no session is read), and for a signed-in
person. The two of a pair take turns, so that a noisy machine disturbs both alike.

    python -m benchmarks.handler_overhead

The figure is the worse ratio of the two pairs. Target: at most 1.25, or it exits with 1.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Literal

from benchmarks.scratch import closing, prepare

prepare()

from django.conf import settings  # noqa: E402 - all of these need the site that prepare() set up
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import include, path  # noqa: E402

from accounts.models import User  # noqa: E402
from handlers import data  # noqa: E402

Period = Literal["7d", "30d"]
ROUNDS, REQUESTS = 41, 60
TARGET = 1.25


def points(period: str) -> list[dict[str, object]]:
    days = 30 if period == "30d" else 7
    return [{"day": f"2026-11-{day:02}", "opened": day * 3, "closed": day * 2} for day in range(1, days + 1)]


@data(name="bench_public", access="public")
def for_everybody(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return points(period)


@data(name="bench_person")
def for_a_person(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return points(period)


def bare(request: HttpRequest) -> JsonResponse:
    """What one writes by hand for the same."""
    period = request.GET.get("period", "7d")
    if period not in ("7d", "30d"):
        return JsonResponse({"error": "bad period"}, status=400)
    return JsonResponse(points(period), safe=False)


urlpatterns = [
    path("data/", include("handlers.urls")),
    path("bare_public", bare),
    path("bare_person", login_required(bare)),
]


def main() -> int:
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["testserver"]
    user = User.objects.create_user("bench@example.com", "a password for a bench")
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    handler = WSGIHandler()
    worst = 0.0
    session = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    for who, cookies in (("public", ""), ("person", session)):
        ours = asker(handler, f"/data/bench_{who}?period=30d", cookies)
        theirs = asker(handler, f"/bare_{who}?period=30d", cookies)
        ratio = compare(who, ours, theirs)
        worst = max(worst, ratio)
    return closing("handler_overhead", worst, at_most=TARGET)


def asker(handler: WSGIHandler, address: str, cookies: str) -> Callable[[], Any]:
    """A function that sends one request, and has seen that it is answered."""
    environ = RequestFactory().get(address, HTTP_COOKIE=cookies).environ
    response = handler.get_response(WSGIRequest(dict(environ)))
    assert response.status_code == 200, (address, response.status_code)
    assert isinstance(response, HttpResponse) and len(response.content) > 1000
    return lambda: handler.get_response(WSGIRequest(dict(environ)))


def compare(who: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> float:
    spent: dict[Callable[[], Any], list[float]] = {ours: [], theirs: []}
    for turn in range(ROUNDS):
        for ask in (ours, theirs) if turn % 2 else (theirs, ours):
            began = time.perf_counter()
            for _request in range(REQUESTS):
                ask()
            spent[ask].append((time.perf_counter() - began) / REQUESTS * 1e6)
    handler_time, bare_time = (statistics.median(spent[ask]) for ask in (ours, theirs))
    ratio = handler_time / bare_time
    times = f"handler {handler_time:.0f} us, bare view {bare_time:.0f} us"
    print(f"{who}: {times}, ratio {ratio:.2f}")
    return ratio


if __name__ == "__main__":
    sys.exit(main())
