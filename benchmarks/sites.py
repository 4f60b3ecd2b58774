"""The two sites of the serving benchmarks, ready to be served: ours, and one of stock Django."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.scratch import ROOT
from benchmarks.serving import OURS, daphne

__all__ = ["KEEPS_NOTHING", "KEEPS_ORDERS", "Site", "our_site", "stock_site"]

# The environments of two more servers of ours, beside the one that keeps what it draws: peers keep nothing.
KEEPS_ORDERS = {"BENCH_KEPT_HTML": "0"}  # each table is read and drawn anew; an order is sorted once
KEEPS_NOTHING = {"BENCH_KEPT_HTML": "0", "BENCH_KEPT_ORDERS": "0"}


@dataclass(frozen=True)
class Site:
    """How a prepared site is served, and the cookies of a person who is signed in to it."""

    command: list[str]
    cookies: str
    csrf: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def signed_in(self) -> dict[str, str]:
        """The headers of that person's browser."""
        return {"Cookie": self.cookies, "X-CSRFToken": self.csrf}


def our_site() -> Site:
    """This project, with the folder and the environment that ``prepare()`` left; a superuser is signed in."""
    # These need the site that prepare() has set up.
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    client = Client()
    user = User.objects.create_superuser("bench@example.com")
    client.force_login(user, "accounts.backends.AccountBackend")
    token = _csrf_token()
    cookies = (
        f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
    )
    return Site(OURS, cookies, token)


def stock_site(folder: Path, application: str = "benchmarks.stock.asgi:application") -> Site:
    """What ``startproject`` makes, on a database of its own in ``folder``."""
    environment = {"STOCK_FOLDER": str(folder), "DJANGO_SETTINGS_MODULE": "benchmarks.stock.settings"}
    prepared = subprocess.run(
        [sys.executable, "-m", "benchmarks.stock.prepare"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    token = _csrf_token()
    cookies = f"sessionid={prepared.stdout.strip()}; csrftoken={token}"
    return Site(daphne("daphne", application), cookies, token, environment)


def _csrf_token() -> str:
    from django.middleware.csrf import _get_new_csrf_string  # noqa: PLC0415 - needs the settings

    return _get_new_csrf_string()
