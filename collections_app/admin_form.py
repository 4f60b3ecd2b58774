"""The form of the page, as Django's admin calls forms."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.forms.models import ModelFormOptions
from django.utils.translation import gettext as _

from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.errors import Conflict
from collections_app.forms import DocumentForm
from collections_app.handle import Collection
from collections_app.rows import Row

__all__ = ["AdminDocumentForm", "admin_form_of"]


class AdminDocumentForm(DocumentForm):
    """Checks, merges and writes as the page does.

    It writes while it validates: only the write itself, under the row's lock, can tell a conflict, and
    the admin shows as errors what validation finds. The admin's view is one transaction, so nothing is
    kept if anything fails later.
    """

    collection: ClassVar[Collection]
    _meta: ClassVar[ModelFormOptions[Any]]  # the admin looks for labels and for the model here

    def __init__(self, data: Any = None, files: Any = None, instance: Any = None, **kwargs: Any) -> None:
        kwargs.pop("initial", None)  # what the address would fill in
        document = instance.data if instance is not None and instance.pk else None
        declaration = (
            self.collection.in_force
            if document is None
            else self.collection.by_scope.declaration(instance.scope_key)
        )
        super().__init__(declaration, data, files, document=document, **kwargs)
        self.instance = instance if instance is not None else self.collection.model()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self._write()
            except ValidationError as error:
                self.refuse(error)
            except Conflict as conflict:
                self._explain(conflict)
        return cleaned

    def _write(self) -> None:
        if not self.edits_record:
            row: Row | None = self.collection.insert_one(self.document)
        else:
            row = self.collection.across_scopes().edit(self.instance.public_id, self.edits)
        if row is None:
            raise ValidationError(_("This record was deleted meanwhile. Nothing was saved."))
        self.instance = self.collection.across_scopes().queryset().get(public_id=row.id)

    def _explain(self, conflict: Conflict) -> None:
        names = {column.key: name for name, column in self.columns.items()}
        for key in conflict.fields:
            name = names[key]
            column = self.columns[name]
            sentence = _("Somebody changed this to “%(theirs)s”. Yours is “%(mine)s”; save again to keep it.")
            values = {
                "theirs": _in_words(column, conflict.current.get(key)),
                "mine": _in_words(column, self.cleaned_data[name]),
            }
            self.add_error(name, sentence % values)
            # The person sees theirs now, so the next save is made knowingly.
            self.seen[name] = self.fields[name].initial = conflict.current.get(key)

    def save(self, commit: bool = True) -> Any:
        """The record, which is written already."""
        return self.instance

    def save_m2m(self) -> None:
        """Nothing: a document has no relations."""


def admin_form_of(collection: Collection) -> type[AdminDocumentForm]:
    """The form's class for one collection."""
    meta: ModelFormOptions[Any] = ModelFormOptions(type("Meta", (), {"model": collection.model}))
    attributes = {"collection": collection, "_meta": meta}
    return type(f"{collection.model.__name__}Form", (AdminDocumentForm,), attributes)


def _in_words(column: Column, value: Any) -> str:
    return column_type_of(column).export(column, value) or _("nothing")
