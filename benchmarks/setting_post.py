"""How long a setting's POST takes, against a bare Django view.

    python -m benchmarks.setting_post

Both are posted to by the same signed-in person through the site's whole middleware, in this process
(Django's WSGI handler, CSRF checked), on a SQLite file of its own with the site's settings (WAL, IMMEDIATE,
synchronous=FULL). The bare view does what a developer would write by hand: one ``update_or_create`` and
one small template. The setting's does what the project does: access, validation, one upsert, the topic's
version, the control as htmx gets it.

Rounds alternate, so that whatever else the machine does meets both alike; the figure is the ratio of the
medians. The connection stays open, which makes the bare view cheaper and the ratio stricter.

``ROUNDS=40 REQUESTS=25`` are the defaults. Target: at most 1.3, or it exits with 1.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from benchmarks.scratch import closing, prepare

ROUNDS = int(os.environ.get("ROUNDS", "40"))
REQUESTS = int(os.environ.get("REQUESTS", "25"))  # of each kind in a round
TARGET = 1.3  # times the bare view

prepare()

from django.conf import settings as site  # noqa: E402 - all of these need the site that prepare() set up
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.middleware.csrf import _get_new_csrf_string  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402

from accounts.models import User  # noqa: E402
from settings_app.models import SettingValue  # noqa: E402

BARE = engines["django"].from_string(
    '<form id="bare" method="post" action="/bare/" hx-post="/bare/" hx-trigger="change" hx-target="this">'
    '{% csrf_token %}<label><input type="checkbox" name="value"{% if row.value %} checked{% endif %}>'
    " Show closed threads</label><small>Closed ones too.</small> <span>Saved</span></form>"
)


def bare(request: HttpRequest) -> HttpResponse:
    """What one writes by hand."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    row, _created = SettingValue.objects.update_or_create(
        name="bare_switch",
        scope_key=f"user:{request.user.pk}",
        defaults={"value": request.POST.get("value") == "on", "updated_by": str(request.user.pk)},
    )
    return HttpResponse(BARE.render({"row": row}, request))


urlpatterns = [path("bare/", bare), path("", include("capsule_site.urls"))]


class Poster:
    """Posts as a browser with htmx would, straight into the WSGI handler."""

    def __init__(self, user: User) -> None:
        client = Client()
        client.force_login(user, backend="accounts.backends.AccountBackend")
        token = _get_new_csrf_string()
        session = client.cookies[site.SESSION_COOKIE_NAME].value
        self.handler = WSGIHandler()
        self.headers = {
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": f"{site.SESSION_COOKIE_NAME}={session}; {site.CSRF_COOKIE_NAME}={token}",
            "HTTP_X_CSRFTOKEN": token,
            "HTTP_HX_REQUEST": "true",
            "HTTP_ACCEPT": "text/html",
        }

    def __call__(self, address: str, target: str, *, on: bool) -> float:
        """Seconds that one POST took."""
        body = urlencode([("value", "off"), *([("value", "on")] if on else [])]).encode()
        environ = {
            **self.headers,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address,
            "HTTP_HX_TARGET": target,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        statuses: list[str] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            statuses.append(status)

        begun = perf_counter()
        response = self.handler(environ, start_response)
        content = b"".join(response)
        response.close()
        took = perf_counter() - begun
        if statuses != ["200 OK"] or b"Saved" not in content:
            raise SystemExit(f"{address} answered {statuses}: {content[:500]!r}")
        return took


def rounds(post: Poster) -> tuple[list[float], list[float]]:
    """The times of both, in alternating rounds; one round of each goes before to warm up."""
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(-1, ROUNDS):
        mine = [
            post("/settings/bench_switch/", "form#toggle-bench_switch", on=at % 2 == 0)
            for at in range(REQUESTS)
        ]
        other = [post("/bare/", "form#bare", on=at % 2 == 0) for at in range(REQUESTS)]
        if turn >= 0:
            ours += mine
            theirs += other
    return ours, theirs


def main() -> int:
    site.ROOT_URLCONF = __name__
    connection.settings_dict["CONN_MAX_AGE"] = None
    connection.close()  # the next one lasts
    ours, theirs = rounds(Poster(User.objects.create_user("bench@example.com", "correct horse battery")))
    ratio = median(ours) / median(theirs)
    print(f"rounds        {ROUNDS} of {REQUESTS} requests each")
    print(f"bare view     {median(theirs) * 1000:.2f} ms median")
    print(f"setting POST  {median(ours) * 1000:.2f} ms median")
    return closing("setting_post", ratio, at_most=TARGET)


if __name__ == "__main__":
    sys.exit(main())
