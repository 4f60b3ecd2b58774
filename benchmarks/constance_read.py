"""Fifty settings read in one request: ours against django-constance, same database, same cache.

    BENCH_REDIS_URL=redis://127.0.0.1:6379/9 python -m benchmarks.constance_read

Constance keeps values in the database and in Django's cache: the Redis of BENCH_REDIS_URL, or without it
files, since it refuses a cache in the process's memory. Ours use no cache of Django's. The first run installs
constance into a folder of its own, ``var/bench-constance``, never into the project's environment.

Views that read fifty whole numbers of the whole site and answer with their sum, in this process, through the
site's whole middleware, asked by the same signed-in person. Beside them stands one of ours that reads half of
the numbers from the person's own, by a query; constance knows no people. Rounds alternate; the figure
is constance's time by ours for the reading within the request. Target: at least 3, or it exits with 1.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.scratch import ROOT, closing, prepare

PEER = "django-constance==4.3.2"
FOLDER = ROOT / "var" / "bench-constance"
ROUNDS, REQUESTS = 31, 20
TARGET = 3.0

if not (FOLDER / "constance").is_dir():
    print(f"Installing {PEER} into {FOLDER} ...")
    # Without what it needs: that is Django, which is here.
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*install, "--target", str(FOLDER), PEER], check=True)
sys.path.append(str(FOLDER))
prepare("benchmarks.constance_settings")

from django.conf import settings as site  # noqa: E402 - all of these need the site that prepare() set up
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import path  # noqa: E402

from accounts.models import User  # noqa: E402
from benchmarks.constance_settings import NUMBER  # noqa: E402
from capsule import acting_as  # noqa: E402
from settings_app import setting  # noqa: E402

of_the_site = [setting(f"bench_site_{at}", default=7) for at in range(NUMBER)]
own = [setting(f"bench_own_{at}", scope="user", default=7) for at in range(NUMBER)]
mixed = [*of_the_site[::2], *own[1::2]]
reading: dict[str, list[float]] = {"ours": [], "constance": [], "mixed": []}


def read_constance() -> int:
    from constance import config  # type: ignore[import-not-found] # noqa: PLC0415 - installed by this run

    return sum(getattr(config, f"BENCH_{at}") for at in range(NUMBER))


def view(name: str, read: Callable[[], int]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        total = read()
        reading[name].append((time.perf_counter() - began) * 1000)
        return HttpResponse(str(total))

    return login_required(answer)


urlpatterns = [
    path("ours/", view("ours", lambda: sum(one.get() for one in of_the_site))),
    path("mixed/", view("mixed", lambda: sum(one.get() for one in mixed))),
    path("constance/", view("constance", read_constance)),
]


def set_all(user: User) -> None:
    from constance import config  # noqa: PLC0415

    with acting_as(user=user):
        for at in range(NUMBER):
            of_the_site[at].set(at)
            own[at].set(at)
            setattr(config, f"BENCH_{at}", at)


def asker(address: str, cookies: str) -> Callable[[], Any]:
    handler = WSGIHandler()
    environ = RequestFactory().get(address, HTTP_COOKIE=cookies).environ

    def ask() -> None:
        response = handler.get_response(WSGIRequest(dict(environ)))
        wanted = str(sum(range(NUMBER))).encode()
        if not isinstance(response, HttpResponse) or response.content != wanted:
            raise SystemExit(f"{address} answered {response.status_code}")

    return ask


def main() -> int:
    site.ROOT_URLCONF = __name__
    site.ALLOWED_HOSTS = ["testserver"]
    user = User.objects.create_user("bench@example.com", "a password for a bench")
    set_all(user)
    client = Client()
    client.force_login(user, backend=site.AUTHENTICATION_BACKENDS[-1])
    cookies = f"{site.SESSION_COOKIE_NAME}={client.cookies[site.SESSION_COOKIE_NAME].value}"
    connection.settings_dict["CONN_MAX_AGE"] = None
    asks = {name: asker(f"/{name}/", cookies) for name in reading}
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(-1, ROUNDS):
        for name in asks if turn % 2 else reversed(asks):
            began = time.perf_counter()
            for _request in range(REQUESTS):
                asks[name]()
            if turn >= 0:
                spent[name].append((time.perf_counter() - began) / REQUESTS * 1000)
    print(f"cache: {site.CACHES['default']['BACKEND']}")
    alone = {name: statistics.median(times) for name, times in reading.items()}
    for name, times in spent.items():
        print(f"{name}: the request {statistics.median(times):.2f} ms, the reading {alone[name]:.3f} ms")
    print(f"with half of them a person's own: {alone['constance'] / alone['mixed']:.1f} times")
    return closing("constance_read", alone["constance"] / alone["ours"], at_least=TARGET)


if __name__ == "__main__":
    sys.exit(main())
