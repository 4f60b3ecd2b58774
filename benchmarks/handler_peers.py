"""A data handler beside the same endpoint of django-ninja, with the same middlewares and the same server.

Thirty points and one typed parameter, in this process, without a socket: requests go through Django's own
handler with the site's middlewares. Two pairs: for everybody, and for a signed-in person (django-ninja's own
check of a session). The two of a pair take turns, so that a noisy machine disturbs both alike.

    python -m benchmarks.handler_peers

django-ninja is installed by the first run into ``var/bench-ninja``, never into the project's environment;
its Django and its pydantic are the project's. The figure is the worse of the two pairs, django-ninja's time
divided by ours: how many requests of ours fit where one of its fits. Target: at least 1, or it exits with 1.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.scratch import ROOT, closing, prepare

NINJA = "django-ninja==1.7.1"
FOLDER = ROOT / "var" / "bench-ninja"


def ninja_installed() -> None:
    """django-ninja alone, in a folder of its own, and that folder last on the path."""
    stamp = FOLDER / "installed"
    if not stamp.is_file() or stamp.read_text() != NINJA:
        print(f"Installing {NINJA} into {FOLDER} ...")
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--upgrade"]
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            *quiet,
            "--no-deps",
            "--target",
            str(FOLDER),
            NINJA,
        ]
        subprocess.run(install, check=True)
        stamp.write_text(NINJA)
    sys.path.append(str(FOLDER))


ninja_installed()
prepare()

from importlib import import_module  # noqa: E402 - all of these need the site that prepare() set up

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.urls import include, path  # noqa: E402

from benchmarks.in_process import Period, asker, compare, points, signed_in_cookie  # noqa: E402

TARGET = 1.0

ninja = import_module("ninja")
api = ninja.NinjaAPI(docs_url=None, openapi_url=None)


def thirty_points(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return points(period)


api.get("/public")(thirty_points)
api.get("/person", auth=import_module("ninja.security").django_auth)(thirty_points)


urlpatterns = [path("data/", include("handlers.urls")), path("ninja/", api.urls)]


def main() -> int:
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["testserver"]
    handler = WSGIHandler()
    least = float("inf")
    for who, cookies in (("public", ""), ("person", signed_in_cookie())):
        ours = asker(handler, f"/data/bench_{who}?period=30d", cookies)
        theirs = asker(handler, f"/ninja/{who}?period=30d", cookies)
        least = min(least, 1 / compare(who, ours, theirs, "django-ninja"))
    return closing("handler_peers", least, at_least=TARGET)


if __name__ == "__main__":
    sys.exit(main())
