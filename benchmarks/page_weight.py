"""What a page with one table weighs, gzipped: on first load, and what a refresh of its 25 rows costs.

    python -m benchmarks.page_weight

Bytes, not times: the page's HTML and every style sheet, script and image that it names, each compressed as a
server would send it. Targets: at most 150 kB for the first load, 10 kB for the refresh, and 15 kB of scripts
that are the project's own; it exits with 1 if one is missed.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

from benchmarks.packages import load
from benchmarks.scratch import EXTRACT, closing, prepare

FIRST, REFRESH, SCRIPTS = 150, 10, 15  # kB
PAGE, TABLE = "/packages/", "section#table-packages"
NAMED = re.compile(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg|png|webp))"')


def main() -> int:
    prepare()
    load(EXTRACT)
    page = _fetched({})
    names = sorted(set(NAMED.findall(page.decode())))
    files = {name: _weight(_static(name).read_bytes()) for name in names}
    own = sum(size for name, size in files.items() if name.endswith(".js") and "/vendor/" not in name)
    for name, size in files.items():
        print(f"{size / 1000:8.1f} kB  {name}")
    first = _weight(page) + sum(files.values())
    print(f"{_weight(page) / 1000:8.1f} kB  {PAGE}")
    refresh = _weight(_fetched({"HX-Request": "true", "HX-Target": TABLE}))
    missed = closing("page_weight, first load in kB", first / 1000, at_most=FIRST)
    missed |= closing("page_weight, a refresh in kB", refresh / 1000, at_most=REFRESH)
    return missed | closing("page_weight, scripts of ours in kB", own / 1000, at_most=SCRIPTS)


def _weight(body: bytes) -> int:
    return len(gzip.compress(body, 6))


def _static(address: str) -> Path:
    from django.conf import settings  # noqa: PLC0415 - needs the site that prepare() set up

    return Path(settings.STATIC_ROOT) / address.removeprefix(settings.STATIC_URL)


def _fetched(headers: dict[str, str]) -> bytes:
    from django.test import Client  # noqa: PLC0415 - the same

    from accounts.models import User  # noqa: PLC0415

    client = Client(headers={"Host": "localhost"})
    user, _made = User.objects.get_or_create(email="bench@example.com", is_staff=True)
    client.force_login(user, "accounts.backends.AccountBackend")
    response = client.get(PAGE, headers=headers)
    assert response.status_code == 200, response.status_code
    return bytes(response.content)


if __name__ == "__main__":
    sys.exit(main())
