"""The admin's list of a collection: cells made once a page, a count that ends, search and filters."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.lookups import IContains
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from capsule.errors import BadInput, sentence_of
from capsule.words import Words
from collections_app.admin_scopes import scopes_in_words
from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.errors import TooShort
from collections_app.handle import Collection
from collections_app.queries.expressions import JsonPick
from collections_app.queries.planning import condition_of, plan_of
from collections_app.storage.naming import generated_name
from collections_app.tables import COUNT_LIMIT

__all__ = ["CappedPaginator", "DocumentList", "readable", "search", "title_in_words"]

SEARCHED = frozenset({"text", "email", "link", "status"})
READABLE = 20_000  # characters
SEARCHED_WORDS = 20  # each is another walk through the texts


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than ``COUNT_LIMIT``; what lies behind is found by searching and filtering."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNT_LIMIT].count())


class DocumentList(ChangeList):
    """A page of documents, each with its cells and its scope in words."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count  # nothing is left out, so nothing is said of it
        columns = self.model_admin.columns  # type: ignore[attr-defined]
        cells = [(column.key, column_type_of(column).cell(column)) for column in columns]
        rows = list(self.result_list)
        words = scopes_in_words(row.scope_key for row in rows)
        for row in rows:
            row.cells = {key: SafeString(cell(row.data.get(key))) for key, cell in cells}
            row.scope_words = words[row.scope_key]
        self.result_list = rows

    @property
    def count_in_words(self) -> str:
        """``1,204``, or ``10,000+``."""
        shown = str(number_format(self.result_count, force_grouping=True))
        return f"{shown}+" if self.result_count >= COUNT_LIMIT else shown


def title_in_words(column: Column) -> Words:
    """The column's heading in the language of whoever looks, not in that of the start."""
    heading: Words = lazy(lambda: column.title, str)()
    return heading


def readable(value: Any) -> str:
    """JSON for a person: indented, of characters that one sees, and no longer than one reads."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    shown = "".join(
        letter if letter == "\n" or letter.isprintable() else json.dumps(letter)[1:-1]
        for letter in text[:READABLE]
    )
    if len(text) <= READABLE:
        return shown
    more = number_format(len(text) - READABLE, force_grouping=True)
    return f"{shown}…\n" + _("and %(count)s characters more") % {"count": more}


def search(queryset: QuerySet[Any], term: str, collection: Collection) -> QuerySet[Any]:
    """Rows in one of whose texts each word stands: by the index, where the collection declares ``search=``.

    Words that are too short for that are looked for in every text. Raises ``BadInput`` for more words than
    one looks for.
    """
    declaration, words = collection.across_scopes().in_force, term.split()
    if declaration.search and words and (found := _found(term, collection)) is not None:
        return queryset.filter(found)
    if len(words) > SEARCHED_WORDS:
        sentence = _("Search for at most %(limit)s words.") % {"limit": SEARCHED_WORDS}
        raise BadInput(sentence, {"q": [sentence]})
    for word in words:
        condition = Q()
        for column in declaration.visible_columns:
            if column.type in SEARCHED:
                condition |= Q(IContains(left_of(column, declaration), word))
        queryset = queryset.filter(condition)
    return queryset


def _found(term: str, collection: Collection) -> Q | None:
    """What the index finds; ``None`` for words that are too short for it."""
    try:
        query = collection.across_scopes().search(term)
    except TooShort:
        return None
    except ValueError as error:
        raise BadInput(sentence_of(error), {"q": [sentence_of(error)]}) from None
    return condition_of(query, plan_of(query, ordered=False))


def left_of(column: Column, declaration: Declaration) -> Combinable:
    """The column's value in SQL: its generated column where it has one."""
    name = generated_name(column, declaration)
    kind: Any = column_type_of(column).storage
    return F(name) if name is not None else JsonPick((column.key,), kind)
