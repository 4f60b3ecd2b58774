"""Every declared collection in Django's admin: to look at, to search, to correct."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from capsule.errors import BadInput
from collections_app.admin_filters import filter_of, filter_parameters
from collections_app.admin_form import AdminDocumentForm, admin_form_of
from collections_app.admin_history import HistoryViews
from collections_app.admin_list import (
    CappedPaginator,
    DocumentList,
    readable,
    search,
    title_in_words,
)
from collections_app.admin_scopes import scopes_in_words
from collections_app.columns import cell_of, column_type_of
from collections_app.declarations import Column, Declaration
from collections_app.declaring import document_collections
from collections_app.forms import editable_columns, field_name
from collections_app.handle import Collection
from collections_app.history.logbook import grouped
from collections_app.problems import problems_of
from collections_app.rows import ROW_FIELDS, Row
from collections_app.storage.naming import generated_name
from live.changes import changes

__all__ = ["DocumentAdmin", "admin_of", "register_collections"]

SHOWN_COLUMNS = 8
_NUMBER = re.compile(r"[0-9]{1,18}")


class DocumentAdmin(HistoryViews):
    """One collection: reads and writes through its handle, and asks for its own permissions."""

    form_class: ClassVar[type[AdminDocumentForm]]

    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count the whole table for every choice
    paginator = CappedPaginator
    search_fields = ("data",)  # shows the box; search() says what is searched

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {
            "all": ("collections_app/admin.css", "collections_app/table.css", "collections_app/cells.css")
        }

    # What is listed ---------------------------------------------------------------------------------

    @property
    def in_force(self) -> Declaration:
        """With the columns of the one scope that is listed, or as declared where all scopes are."""
        return self.collection.across_scopes().in_force

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are listed."""
        return self.in_force.visible_columns[:SHOWN_COLUMNS]

    def get_list_display(self, request: HttpRequest) -> Any:
        declaration = self.in_force
        return (
            display_of(self.collection, declaration)["list_display"]
            if declaration.changes
            else self.list_display
        )

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        declaration = self.in_force
        if not declaration.changes:
            return self.list_display_links
        # Made anew with each display: the cell is found by its name.
        links = {_name_of(cell) for cell in display_of(self.collection, declaration)["list_display_links"]}
        return [cell for cell in list_display if _name_of(cell) in links]

    def get_list_filter(self, request: HttpRequest) -> Any:
        declaration = self.in_force
        return (
            display_of(self.collection, declaration)["list_filter"]
            if declaration.changes
            else self.list_filter
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.collection.across_scopes().queryset()
        # Of one scope only, its indexes serve the order too.
        return rows.filter(scope_key="app") if self.collection.declaration.scope == "app" else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DocumentList]:
        return DocumentList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return search(queryset, search_term, self.collection), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        # Django lets the address ask for any field of the row: hidden columns, regular expressions.
        visible = self.in_force.visible_columns
        return any(lookup in filter_parameters(column) for column in visible)

    # One record -------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return self.form_class

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        offered = editable_columns(self._in_force_of(obj))
        own = [field_name(column) for column in offered] if may_write else ["values"]
        return [*own, *self.get_readonly_fields(request, obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        other_keys = ["other_keys"] if self.has_change_permission(request, obj) else []
        return [*other_keys, "scope", "version", "updated_at"]

    @admin.display(description=_("values"))
    def values(self, row: Any) -> SafeString:
        """Every visible column, for those who may only look."""
        shown = ((c.title, cell_of(c, row.data)) for c in self._in_force_of(row).visible_columns)
        return format_html_join("", "<div><strong>{}</strong> {}</div>", shown)

    @admin.display(description=_("other keys"))
    def other_keys(self, row: Any) -> SafeString | str:
        """What the documents hold beyond the declared columns, for those who may change them, to be read."""
        declaration = self._in_force_of(row)
        shown = declaration.hidden_keys.union(column.key for column in declaration.columns)
        others = {key: value for key, value in row.data.items() if key not in shown}
        return format_html('<pre class="other-keys">{}</pre>', readable(others)) if others else "–"

    def _in_force_of(self, row: Any) -> Declaration:
        """With the columns of whoever's the record is."""
        return self.in_force if row is None else self.collection.by_scope.declaration(row.scope_key)

    @admin.display(description=_("scope"))
    def scope(self, row: Any) -> str:
        """Whose it is, in words."""
        words = getattr(row, "scope_words", None)
        return str(words or scopes_in_words([row.scope_key])[row.scope_key])

    def view_on_site(self, obj: Any) -> str:
        """The record's own page where everybody's records are; else nobody here may see it, so the table."""
        if self.collection.declaration.scope == "app":
            return reverse("collections_app:record", args=[self.collection.name, obj.public_id])
        return self.page_address

    @property
    def page_address(self) -> str:
        """The page on which people see the collection."""
        return reverse("collections_app:collection", args=[self.collection.name])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _require_numbers(request.POST.getlist(ACTION_CHECKBOX_NAME))
        shown = {
            "page_address": self.page_address,
            "deleted_address": self.deleted_address,
            **(extra_context or {}),
        }
        return super().changelist_view(request, shown)

    # Writing: through the handle --------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has written it already."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.collection.across_scopes().delete_one({"_id": str(obj.public_id)})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        everywhere = self.collection.across_scopes()
        with changes(), grouped():
            for public_id in list(queryset.values_list("public_id", flat=True)):
                everywhere.delete_one({"_id": str(public_id)})

    # Who may ----------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj) or self._may(request, "change", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # In any other scope it would have to be said whose the record is; nobody says that here.
        return self.collection.declaration.scope == "app" and self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return any(self._may(request, action) for action in ("view", "add", "change", "delete"))

    def _may(self, request: HttpRequest, action: Any, obj: Any = None) -> bool:
        """Whether the person has the permission; of a record Django's back-ends are asked with its row."""
        row = None if obj is None else Row(self.collection, *(getattr(obj, name) for name in ROW_FIELDS))
        person: Any = request.user  # Django's stubs know rows of models only
        return bool(person.has_perm(self.collection.declaration.permission(action), row))


def _require_numbers(selected: list[str]) -> None:
    """Raise ``BadInput`` for what is no row's number. Django would ask the database for it."""
    if not all(map(_NUMBER.fullmatch, selected)):
        sentence = str(_("This list did not come from here. Load it again."))
        raise BadInput(sentence, {ACTION_CHECKBOX_NAME: [sentence]})


def admin_of(collection: Collection) -> type[DocumentAdmin]:
    """The admin's class for one collection."""
    attributes = {
        "collection": collection,
        "form_class": admin_form_of(collection),
        "__module__": __name__,
        **display_of(collection, collection.declaration),
    }
    return type(f"{collection.model.__name__}Admin", (DocumentAdmin,), attributes)


def display_of(collection: Collection, declaration: Declaration) -> dict[str, Any]:
    """What a list of records shows: by Django's names for it."""
    columns = declaration.visible_columns[:SHOWN_COLUMNS]
    filters = (filter_of(column, collection) for column in declaration.visible_columns)
    shown = [(_shown(column, declaration), column) for column in columns]
    return {
        "list_display": [*(cell for cell, _column in shown), "scope", "version", "updated_at"],
        # An anchor cannot stand inside another: the first column without links of its own leads on.
        "list_display_links": [
            next((cell for cell, column in shown if not column_type_of(column).holds_links), "scope")
        ],
        "list_filter": [found for found in filters if found is not None],
    }


def _name_of(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell.__name__)


def _shown(column: Column, declaration: Declaration) -> Callable[[Any], SafeString]:
    def shown(row: Any) -> SafeString:
        return row.cells[column.key]  # type: ignore[no-any-return]

    shown.__name__ = f"column_{column.key}"
    words = title_in_words(column)
    sortable = column_type_of(column).storage not in ("tags", "none")
    order = generated_name(column, declaration) if sortable else None
    return admin.display(description=words, ordering=order)(shown)


def register_collections(site: admin.AdminSite) -> None:
    """One entry for each collection that has a model; the system checks report the others."""
    for collection in document_collections():
        if not problems_of(collection.declaration):
            site.register(collection.model, admin_of(collection))


register_collections(admin.site)
