"""What the live benchmarks change, in views as an application has them."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse, JsonResponse

from benchmarks.ours.declarations import bench_items
from live.changes import changes
from live.topics import Topic
from live.versions import version_of

__all__ = ["burst", "change"]

TOPIC = Topic("collection", "bench_items", "app")
BURST = 1000


def change(request: HttpRequest) -> HttpResponse:
    """One change of a document."""
    changed = bench_items.update_one({"title": "counter"}, {"$inc": {"count": 1}})
    return HttpResponse("changed" if changed.modified else "nothing changed")


def burst(request: HttpRequest) -> JsonResponse:
    """A thousand commits within a second that change what everybody watches; says which version is the last.

    Without a document: on one core, with the sockets to serve, that would be a benchmark of the writing.
    """
    began = time.monotonic()
    for number in range(BURST):
        with changes() as change:
            change.touch(TOPIC)
        time.sleep(max(0.0, began + (number + 1) / BURST - time.monotonic()))
    return JsonResponse({"took": time.monotonic() - began, "topic": str(TOPIC), "last": version_of(TOPIC)})
