"""Requests through Django's own handler with the site's middlewares, in this process, without a socket.

To be imported after ``prepare()``: it needs the site.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, Literal

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.active import ORGANIZATION_KEY
from accounts.models import Organization, User
from handlers import data

__all__ = ["Period", "asker", "compare", "points", "signed_in", "signed_in_cookie"]

Period = Literal["7d", "30d"]
ROUNDS, REQUESTS = 41, 60


def points(period: str) -> list[dict[str, object]]:
    """Thirty points, or seven."""
    days = 30 if period == "30d" else 7
    return [{"day": f"2026-11-{day:02}", "opened": day * 3, "closed": day * 2} for day in range(1, days + 1)]


@data(name="bench_public", access="public")
def for_everybody(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return points(period)


@data(name="bench_person")
def for_a_person(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return points(period)


def signed_in(user: User, organization: Organization | None = None) -> Client:
    """A client of somebody who has signed in, with their organisation active."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    if organization is not None:
        session = client.session
        session[ORGANIZATION_KEY] = str(organization.pk)
        session.save()
    return client


def signed_in_cookie() -> str:
    """The cookie of a person who has signed in."""
    client = signed_in(User.objects.create_user("bench@example.com", "a password for a bench"))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def asker(handler: WSGIHandler, address: str, cookies: str) -> Callable[[], Any]:
    """A function that sends one request, and has seen that it is answered."""
    environ = RequestFactory().get(address, HTTP_COOKIE=cookies).environ
    response = handler.get_response(WSGIRequest(dict(environ)))
    assert response.status_code == 200, (address, response.status_code)
    assert isinstance(response, HttpResponse) and len(response.content) > 1000
    return lambda: handler.get_response(WSGIRequest(dict(environ)))


def compare(who: str, ours: Callable[[], Any], theirs: Callable[[], Any], peer: str = "bare view") -> float:
    """Our CPU time divided by the peer's: what else the machine does counts for neither."""
    spent: dict[Callable[[], Any], list[float]] = {ours: [], theirs: []}
    for turn in range(ROUNDS):
        for ask in (ours, theirs) if turn % 2 else (theirs, ours):
            began = time.process_time()
            for _request in range(REQUESTS):
                ask()
            spent[ask].append((time.process_time() - began) / REQUESTS * 1e6)
    handler_time, their_time = (statistics.median(spent[ask]) for ask in (ours, theirs))
    ratio = handler_time / their_time
    times = f"handler {handler_time:.0f} us, {peer} {their_time:.0f} us"
    print(f"{who}: {times}, ratio {ratio:.2f}")
    return ratio
