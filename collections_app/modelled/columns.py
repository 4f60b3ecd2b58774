"""A model's fields -> columns: their words, their choices, and what may be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst

from collections_app.columns import column_type_of
from collections_app.declarations import Column

if TYPE_CHECKING:
    from collections_app.modelled.relations import Relations

__all__ = ["ModelColumn", "column_of_field", "columns_of", "field_of", "unknown_keys"]

# The first that a field is an instance of. Others, files and JSON among them, are no columns.
TYPES: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.ForeignKey, "reference"),
    (models.ManyToManyField, "references"),
    (models.BooleanField, "boolean"),
    (models.EmailField, "email"),
    (models.URLField, "link"),
    (models.DateField, "date"),  # a DateTimeField is one too
    (models.DecimalField, "currency"),
    (models.IntegerField, "number"),
    (models.FloatField, "number"),
    (models.TextField, "text"),
    (models.CharField, "text"),
    (models.UUIDField, "text"),
    (models.GenericIPAddressField, "text"),
    (models.TimeField, "text"),
    (models.DurationField, "text"),
)
TEXTS = (models.CharField, models.TextField)


@dataclass(frozen=True)
class ModelColumn(Column):
    """A column that is a model's field."""

    field: Any = None
    relations: Relations | None = None  # what knows which rows a foreign key may lead to

    @property
    def title(self) -> str:
        """The heading: the label, else the field's own words."""
        return capfirst(str(self.label or self.field.verbose_name))

    @property
    def labels(self) -> dict[Any, str]:
        """What the choices are called, by their values."""
        return {value: str(label) for value, label in self.field.flatchoices}

    def choices(self, text: str = "") -> list[tuple[str, str]]:
        """The ids and words of the rows that may be chosen, some of them; ``text`` narrows them."""
        return [] if self.relations is None else self.relations.choices(self, text)

    def words_of(self, ids: Sequence[str]) -> dict[str, str]:
        """What the rows of these ids are called, if they may be chosen."""
        return {} if self.relations is None else self.relations.words_of(self, ids)

    def search_address(self) -> str:
        """Where a form asks for the choices that a text names."""
        if self.relations is None or self.relations.handle is None:
            return ""
        return reverse("collections_app:choices", args=[self.relations.handle.name, self.key])

    def initial(self) -> Any:
        """What the model fills in where nothing is given, as a document holds it."""
        value = self.field.get_default()
        kind = column_type_of(self)
        return None if value in (None, "") else kind.clean(replace(self, options=None), value)


def field_of(model: Any, key: str) -> Any:
    """The field that a column of that key is, or ``None``."""
    try:
        field = model._meta.get_field(key)
    except FieldDoesNotExist:
        return None
    return field if _type_of(field) is not None and field.name == key else None


def unknown_keys(model: Any, wanted: Sequence[str | Column] | None) -> list[str]:
    """What was named as a column and is none."""
    keys = (one if isinstance(one, str) else one.key for one in wanted or ())
    return [key for key in keys if field_of(model, key) is None]


def columns_of(
    model: Any,
    wanted: Sequence[str | Column] | None,
    relations: Relations | None,
    scope_field: str = "",
    version_field: str = "",
) -> tuple[Column, ...]:
    """The columns of a model: those named, else all its fields but its key, its scope and its version."""
    if wanted is None:
        own = {scope_field, version_field}
        found = [column_of_field(field, relations) for field in _shown(model) if field.name not in own]
        return tuple(found)
    return tuple(_named(model, one, relations, version_field) for one in wanted)


def _named(model: Any, wanted: str | Column, relations: Relations | None, version_field: str) -> Column:
    given = Column(wanted) if isinstance(wanted, str) else wanted
    field = field_of(model, given.key)
    if field is None:
        return given  # the checks say so
    derived = column_of_field(field, relations)
    plain = Column(given.key)
    said = {
        one.name: getattr(given, one.name)
        for one in fields(Column)
        if getattr(given, one.name) != getattr(plain, one.name)
    }
    if given.key == version_field:
        said["editable"] = False
    return replace(derived, **said)


def column_of_field(field: Any, relations: Relations | None) -> ModelColumn:
    """The column that a field is."""
    kind = str(_type_of(field))
    is_optional = field.blank or field.has_default() or kind in ("boolean", "references")
    column = ModelColumn(
        key=field.name,
        type=kind,
        format="multiline" if kind == "text" and isinstance(field, models.TextField) else None,
        options=[value for value, _label in field.flatchoices] if kind == "choice" else None,
        required=_is_editable(field) and not is_optional,
        editable=None if _is_editable(field) else False,
        help_text=field.help_text,
        field=field,
        relations=relations,
    )
    return replace(column, default=column.initial) if _has_plain_default(field, kind) else column


def _type_of(field: Any) -> str | None:
    if not (getattr(field, "concrete", False) or getattr(field, "many_to_many", False)):
        return None
    if field.auto_created or getattr(field, "remote_field", None) and field.remote_field.parent_link:
        return None
    found = next((name for kind, name in TYPES if isinstance(field, kind)), None)
    if found in ("text", "number", "currency", "email", "link") and field.choices:
        return "choice"
    return found


def _shown(model: Any) -> Iterator[Any]:
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        is_own_key = field.primary_key and (field.has_default() or isinstance(field, models.AutoField))
        if _type_of(field) is not None and not is_own_key:
            yield field


def _is_editable(field: Any) -> bool:
    if field.many_to_many:
        return bool(field.editable and field.remote_field.through._meta.auto_created)
    return bool(field.editable)


def _has_plain_default(field: Any, kind: str) -> bool:
    return kind not in ("reference", "references") and field.has_default() and field.editable
