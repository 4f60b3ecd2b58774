"""What a cached handler's 304 costs beside its 200.

    python -m benchmarks.handler_cached

The demo's ``thread_activity`` over 2,000 threads, with ``cache=60``, for a signed-in person, with the site's
middlewares, in this process. Three answers take turns: a 200 that is computed (somebody has written since),
a 200 from what is kept, and a 304 for whoever sends its ETag, which are checked to be still right. CPU time.

The figure is the computed 200's time divided by the 304's. Target: at least 2, or it exits with 1.
"""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.scratch import closing, prepare

prepare()

from django.conf import settings  # noqa: E402 - all of these need the site that prepare() set up

from accounts.models import Organization, User  # noqa: E402
from benchmarks.in_process import signed_in  # noqa: E402
from capsule import PageRequest, acting_as  # noqa: E402
from demo import seed  # noqa: E402
from demo.declarations import thread_activity, threads  # noqa: E402
from handlers import data  # noqa: E402

ROUNDS = 61
TARGET = 2.0


@data(name="bench_cached", cache=60)
def cached_activity(request: PageRequest) -> object:
    return thread_activity.function(request, "30d")


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "capsule_site.urls"
    seed.packaged = lambda: iter(())  # nothing here shows them
    seed.seed(lambda _sentence: None)
    alice = User.objects.get(name="Alice")
    desk = Organization.objects.get(slug="acme-support")
    client = signed_in(alice, desk)
    spent: dict[str, list[float]] = {"computed 200": [], "kept 200": [], "304": []}
    for _turn in range(ROUNDS):
        with acting_as(user=alice, organization=desk):
            threads.update_one({"status": "open"}, {"$inc": {"seen": 1}})
        etag = ""
        for name, status in (("computed 200", 200), ("kept 200", 200), ("304", 304)):
            headers = {"If-None-Match": etag} if name == "304" else {}
            began = time.process_time()
            answer = client.get("/data/bench_cached", headers=headers)
            spent[name].append((time.process_time() - began) * 1e3)
            assert answer.status_code == status, (name, answer.status_code)
            etag = answer["ETag"]
    times = {name: statistics.median(each) for name, each in spent.items()}
    print(", ".join(f"{name} {each:.2f} ms" for name, each in times.items()))
    return closing("handler_cached", times["computed 200"] / times["304"], at_least=TARGET)


if __name__ == "__main__":
    sys.exit(main())
