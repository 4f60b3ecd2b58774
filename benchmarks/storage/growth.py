"""S3 and S5: what changes with the number of documents, and what must not."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from benchmarks.storage.declarations import bench_small, bench_tickets
from benchmarks.storage.figures import Figure
from benchmarks.storage.filling import last_id
from benchmarks.storage.models import SmallTicket, Ticket
from benchmarks.storage.pages import PAGE, Side, app_side
from benchmarks.storage.timing import Work, clock_of_reads, compared, replay, statements_of
from collections_app.handle import Collection
from collections_app.storage.guarding import EVERY_SCOPE, opened

__all__ = ["capped_counts", "growth"]

COUNTED = 10_001


def growth(seconds: float) -> list[Figure]:
    """Questions to all documents against the same to the first 10,000, SQL alone."""
    figures = []
    for name, question in (
        ("first page", _first_page),
        ("keyset page at 90 %", _keyset_page),
        ("equality", _equality),
        ("by id", _by_id),
    ):
        sides = [replay(statements_of(question(handle))) for handle in (bench_tickets, bench_small)]
        figures.append(compared("S3", name, sides, seconds, clock_of_reads()))
    return figures


def _first_page(handle: Collection) -> Work:
    return lambda: handle.order_by("-created").limit(PAGE).rows()


def _row_at(handle: Collection, part: float) -> Any:
    """The row that stands at a part of all, by the order in which they were created."""
    newest = last_id(Ticket if handle is bench_tickets else SmallTicket)
    with opened(EVERY_SCOPE):
        return handle.model.objects.get(id=max(1, round(newest * part)))


def _keyset_page(handle: Collection) -> Work:
    row = _row_at(handle, 0.1)  # of what is sorted downwards, 90 % stand before it
    value = row.data["created"]
    after = Q(x_created__lte=value) & (Q(x_created__lt=value) | Q(id__lt=row.id))
    page = handle.order_by("-created").queryset().filter(after)
    return lambda: list(page.values_list("public_id", "data", "version")[:PAGE])


def _equality(handle: Collection) -> Work:
    email = _row_at(handle, 0.5).data["email"]
    return lambda: handle.filter(email=email).limit(PAGE).rows()


def _by_id(handle: Collection) -> Work:
    public_id = str(_row_at(handle, 0.5).public_id)
    return lambda: handle.get(public_id)


def capped_counts(seconds: float) -> list[Figure]:
    """Counts that stop at 10,001, against the model's, and against the count of 10,000."""
    side = app_side()
    figures = []
    for equal in ({}, {"status": "open"}, {"status": "spam"}):
        works = [_count(side.handle, equal), _count_of_model(side, equal)]
        figures.append(_sql_alone("S5", equal, works, seconds))
    return [
        *figures,
        _sql_alone("S5 flat", {}, [_count(bench_tickets, {}), _count(bench_small, {})], seconds),
    ]


def _sql_alone(target: str, equal: dict[str, str], works: list[Work], seconds: float) -> Figure:
    case = ", ".join(f"{key}={value}" for key, value in equal.items()) or "all"
    sides = [replay(statements_of(work)) for work in works]
    return compared(target, case, sides, seconds, clock_of_reads())


def _count(handle: Collection, equal: dict[str, str]) -> Work:
    return lambda: handle.filter(**equal).count(limit=COUNTED)


def _count_of_model(side: Side, equal: dict[str, str]) -> Work:
    rows = side.model._default_manager.filter(scope=side.scope, **equal)
    return lambda: rows.values("pk")[:COUNTED].count()
