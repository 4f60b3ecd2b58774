"""What a page of 8 metrics, 3 charts and 2 tables costs beside its widgets, and beside the values they show.

    python -m benchmarks.dashboard

On the demo's desk of 2,000 threads, in this process, for a signed-in person, with the site's middlewares.
Before each turn somebody writes a thread and a contact, so that nothing that was kept serves any side. CPU
time; three take turns: the page; its thirteen widgets, each asked for by itself as an open page does (the
first computes what others share); and ``benchmarks.dashboards.computed``, the same handlers, counts,
aggregates and rows, asked for by hand, without a widget, a template or a request.

The figure is the page's time divided by that of its widgets. Target: at most 1.5, or it exits with 1. Also
printed: the page's time divided by that of the values alone, and how many queries the page asks after a
write, and where nobody has written since (target 12).
"""

from __future__ import annotations

import re
import statistics
import sys
import time

from benchmarks.scratch import closing, prepare

prepare()

from django.conf import settings  # noqa: E402 - all of these need the site that prepare() set up
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Organization, User  # noqa: E402
from benchmarks.dashboards import computed, dashboard  # noqa: E402
from benchmarks.in_process import signed_in  # noqa: E402
from capsule import acting_as  # noqa: E402
from demo import seed  # noqa: E402
from demo.declarations import contacts, threads  # noqa: E402
from pages import page  # noqa: E402

ROUNDS = 31
TARGET, MOST_QUERIES = 1.5, 12

page("Bench", route="bench/")(dashboard)


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "capsule_site.urls"
    seed.packaged = lambda: iter(())  # no table here shows them
    seed.seed(lambda _sentence: None)
    alice = User.objects.get(name="Alice")
    desk = Organization.objects.get(slug="acme-support")
    client = signed_in(alice, desk)
    spent: dict[str, list[float]] = {"page": [], "widgets": [], "values": []}

    def somebody_writes() -> None:
        with acting_as(user=alice, organization=desk):
            threads.update_one({"status": "open"}, {"$inc": {"seen": 1}})
            contacts.update_one({}, {"$inc": {"seen": 1}})

    def drawn() -> None:
        answer = client.get("/bench/")
        assert answer.content.count(b'class="card metric"') == 8, answer.status_code

    ids = re.findall(
        r'id="((?:metric|chart|table)-[\w-]+)" data-live', client.get("/bench/").content.decode()
    )
    assert len(ids) == 13, ids

    def one_by_one() -> None:
        for one in ids:
            headers = {"HX-Request": "true", "HX-Target": one}
            assert f'id="{one}"' in client.get("/bench/", headers=headers).content.decode()

    def asked_by_hand() -> None:
        with acting_as(user=alice, organization=desk):
            computed()

    for turn in range(ROUNDS):
        sides = [("page", drawn), ("widgets", one_by_one), ("values", asked_by_hand)]
        for name, work in sides if turn % 2 else sides[::-1]:
            somebody_writes()
            began = time.process_time()
            work()
            spent[name].append((time.process_time() - began) * 1e3)
    for words in ("after a write", "where nobody has written since"):
        if words == "after a write":
            somebody_writes()
        with CaptureQueriesContext(connection) as asked:
            drawn()
        print(f"queries {words}: {len(asked)}")
    page_time, widgets_time, values_time = (statistics.median(times) for times in spent.values())
    print(
        f"page {page_time:.1f} ms, its widgets {widgets_time:.1f} ms, the values {values_time:.1f} ms of CPU"
    )
    print(f"page : values {page_time / values_time:.2f}")
    missed = len(asked) > MOST_QUERIES
    return closing("dashboard", page_time / widgets_time, at_most=TARGET) or int(missed)


if __name__ == "__main__":
    sys.exit(main())
