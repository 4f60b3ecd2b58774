"""The lists of the admin: scopes and people in words, found once a page, and a filter by layer."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from capsule.scopes import APP_KEY
from settings_app.whose import people_named, scopes_in_words

__all__ = ["LayerFilter", "NamedList"]

BEGINNINGS = {"owner": "org:", "user": "user:", "session": "conv:"}


class NamedList(ChangeList):
    """Finds the names of the page's scopes and people in two queries, not two a row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        scopes = scopes_in_words(row.scope_key for row in rows)
        people = people_named({person_of(row) for row in rows} - {""})
        for row in rows:
            row.scope_words = scopes[row.scope_key]
            row.person_words = people.get(person_of(row), "")
        self.result_list = rows


def person_of(row: Any) -> str:
    """The id of who set or changed it."""
    fields = ("updated_by", "changed_by", "actor_id")
    return next(str(getattr(row, field)) for field in fields if hasattr(row, field))


class LayerFilter(SimpleListFilter):
    """Everybody's, organisations', people's, conversations'."""

    title = _("scope")
    parameter_name = "layer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("app", _("everybody")),
            ("owner", _("organisations")),
            ("user", _("people")),
            ("session", _("conversations")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        layer = self.value()
        if layer == "app":
            return queryset.filter(scope_key=APP_KEY)
        beginning = BEGINNINGS.get(layer or "")
        return queryset.filter(scope_key__startswith=beginning) if beginning else queryset
