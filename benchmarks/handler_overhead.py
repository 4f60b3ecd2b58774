"""What a data handler costs over a bare Django view of the same JSON, with the same middlewares.

Thirty points and one typed parameter, in this process, without a socket: requests go through Django's own
handler with the site's middlewares. Two pairs: for everybody (no session is read), and for a signed-in
person. The two of a pair take turns, so that a noisy machine disturbs both alike.

    python -m benchmarks.handler_overhead

The figure is the worse ratio of the two pairs. Target: at most 1.25, or it exits with 1.
"""

from __future__ import annotations

import sys

from benchmarks.scratch import closing, prepare

prepare()

from django.conf import settings  # noqa: E402 - all of these need the site that prepare() set up
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402

from benchmarks.in_process import asker, compare, points, signed_in_cookie  # noqa: E402

TARGET = 1.25


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
    handler = WSGIHandler()
    worst = 0.0
    for who, cookies in (("public", ""), ("person", signed_in_cookie())):
        ours = asker(handler, f"/data/bench_{who}?period=30d", cookies)
        theirs = asker(handler, f"/bare_{who}?period=30d", cookies)
        ratio = compare(who, ours, theirs)
        worst = max(worst, ratio)
    return closing("handler_overhead", worst, at_most=TARGET)


if __name__ == "__main__":
    sys.exit(main())
