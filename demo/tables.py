"""A table of each kind of source in one browser: the page *Tables*."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from capsule import PageRequest
from collections_app import Column
from demo.declarations import bookmarks, contacts, packages, threads
from handlers import data
from pages import page, ui

__all__ = ["People", "calendar", "tables"]

FIRST_DAY, DAYS = date(2026, 1, 1), 365


@data
def calendar(request: PageRequest, page: int = 1, per_page: int = 25, sort: str = "day") -> dict[str, Any]:
    """The days of a year. It makes only the page that it is asked for, and says how many there are."""
    numbers = range(DAYS)[::-1] if sort.startswith("-") else range(DAYS)
    days = (FIRST_DAY + timedelta(number) for number in numbers[(page - 1) * per_page :][:per_page])
    return {"rows": [{"day": day, "weekday": f"{day:%A}"} for day in days], "total": DAYS}


class People(django_tables2.Table):  # type: ignore[misc]
    """A class of django-tables2, with a renderer of its own."""

    # Sorted by, as it says itself: its renderer hides nothing.
    person = django_tables2.Column(gettext_lazy("Person"), accessor="user__name", orderable=True)
    role = django_tables2.Column()
    since = django_tables2.DateColumn(accessor="created_at", verbose_name=gettext_lazy("Since"))

    def render_person(self, value: str) -> SafeString:
        return format_html("<strong>{}</strong>", value)


@page(gettext_lazy("Tables"), icon="table-2", order=11)
def tables(request: PageRequest) -> ui.Page:
    organization = request.identity.organization_id
    colleagues = Membership.objects.none()
    if organization:
        colleagues = Membership.objects.filter(organization_id=organization)
    squares = [{"size": number, "square": number * number} for number in range(1, 101)]
    days = [Column("day", type="date"), Column("weekday", sortable=False)]
    own = [ui.Table(threads, sort="-received"), *map(ui.Table, (contacts, bookmarks)), ui.Table(packages)]
    parts = [
        ui.Table(threads.filter(status="open"), label=_("Open threads"), sort="-received", key="open"),
        ui.Table(squares, key="squares", label=_("Squares")),
    ]
    django = [
        ui.Table(colleagues, columns=["user", "role", "created_at"], label=_("Memberships")),
        ui.Table(People, queryset=colleagues.select_related("user"), label=_("People"), sort="person"),
    ]
    groups = [
        ui.TableGroup(_("Collections"), own),
        ui.TableGroup(_("Queries and rows"), parts),
        ui.TableGroup(_("Functions"), [ui.Table(calendar, columns=days)]),
        ui.TableGroup(_("Django's own"), django),
    ]
    return ui.Page([ui.TableBrowser(groups)])
