"""What ``GET /settings/`` as JSON costs with 200 settings, against a view that does one query and dumps.

Both go through the site's whole middleware, in this process, without a socket, for the same signed-in
person; 200 settings are declared, half of them set, in app, user and owner scope. The bare view does what one
writes by hand for the same answer: one query for the rows, each value put into a dictionary that was made
beforehand, Django's ``JsonResponse``. Nobody's access is looked at there, and no layer.

    python -m benchmarks.settings_json

Rounds alternate; the figure is the ratio of the medians of CPU time. Target: at most 1.3, or it exits with 1.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.scratch import closing, prepare

prepare()

from django.conf import settings as site  # noqa: E402 - all of these need the site that prepare() set up
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import include, path  # noqa: E402

from accounts.models import User  # noqa: E402
from capsule import acting_as  # noqa: E402
from capsule.scopes import Scope  # noqa: E402
from settings_app import setting  # noqa: E402
from settings_app.answering import described_each  # noqa: E402
from settings_app.declarations import settings_registry  # noqa: E402
from settings_app.models import SettingValue  # noqa: E402

SETTINGS, ROUNDS, REQUESTS = 200, 31, 20
TARGET = 1.3
SCOPES: tuple[Scope, ...] = ("app", "user", "owner")
DEFAULTS: tuple[bool | str | int | float, ...] = (False, "a text", 7, 0.5)

made: list[dict[str, Any]] = []


def bare(request: HttpRequest) -> JsonResponse:
    """What one writes by hand for the same."""
    rows = SettingValue.objects.filter(scope_key__in=["app", f"user:{request.user.pk}"])
    values = {
        name: (value, by, at)
        for name, value, by, at in rows.values_list("name", "value", "updated_by", "updated_at")
    }
    found = []
    for one in made:
        if one["name"] in values:
            value, by, at = values[one["name"]]
            origin = {"layer": one["scope"], "set_at": at, "set_by": by}
            one = {**one, "value": value, "is_set": True, "origin": origin}
        found.append(one)
    return JsonResponse({"settings": found})


urlpatterns = [path("settings/", include("settings_app.urls")), path("bare/", login_required(bare))]


def declare() -> None:
    """Two hundred, of each type and scope."""
    for name in settings_registry.names():
        del settings_registry._declared[name]
    for at in range(SETTINGS):
        default = DEFAULTS[at % len(DEFAULTS)]
        scope = SCOPES[at % len(SCOPES)]
        setting(f"bench_{at}", scope=scope, default=default, label=f"The {at}th", section="Bench")


def asker(address: str, cookies: str) -> tuple[Callable[[], Any], int]:
    """A function that sends one request, and the length of the answer."""
    handler = WSGIHandler()
    environ = RequestFactory().get(address, HTTP_COOKIE=cookies, HTTP_ACCEPT="application/json").environ
    response = handler.get_response(WSGIRequest(dict(environ)))
    assert response.status_code == 200, (address, response.status_code)
    assert isinstance(response, HttpResponse)
    return lambda: handler.get_response(WSGIRequest(dict(environ))), len(response.content)


def main() -> int:
    site.ROOT_URLCONF = __name__
    site.ALLOWED_HOSTS = ["testserver"]
    declare()
    user = User.objects.create_user("bench@example.com", "a password for a bench")
    with acting_as(user=user):
        for one in list(settings_registry)[::2]:
            one.set(one.default)
        made[:] = described_each(settings_registry)
    unset = {"layer": "default", "set_at": None, "set_by": None}
    made[:] = [{**told, "value": told["default"], "is_set": False, "origin": unset} for told in made]
    client = Client()
    client.force_login(user, backend=site.AUTHENTICATION_BACKENDS[-1])
    cookies = f"{site.SESSION_COOKIE_NAME}={client.cookies[site.SESSION_COOKIE_NAME].value}"
    connection.settings_dict["CONN_MAX_AGE"] = None
    (ours, our_size), (theirs, their_size) = asker("/settings/", cookies), asker("/bare/", cookies)
    print(f"{SETTINGS} settings, {our_size:,} : {their_size:,} bytes")
    spent: dict[Callable[[], Any], list[float]] = {ours: [], theirs: []}
    for turn in range(ROUNDS):
        for ask in (ours, theirs) if turn % 2 else (theirs, ours):
            began = time.process_time()
            for _request in range(REQUESTS):
                ask()
            spent[ask].append((time.process_time() - began) / REQUESTS * 1000)
    mine, bares = (statistics.median(spent[ask]) for ask in (ours, theirs))
    print(f"settings {mine:.2f} ms, bare view {bares:.2f} ms of CPU")
    return closing("settings_json", mine / bares, at_most=TARGET)


if __name__ == "__main__":
    sys.exit(main())
