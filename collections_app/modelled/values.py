"""A field's value <-> what a document holds of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, time
from hashlib import blake2b
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from capsule.digests import PLAIN, written
from capsule.json_values import instant
from collections_app.columns import column_type_of
from collections_app.columns.reference import Reference
from collections_app.modelled.columns import ModelColumn

__all__ = ["as_json", "as_python", "digest_of", "version_of"]

LARGEST: Final = 2**31 - 1  # version, as of documents


def as_json(column: ModelColumn, value: Any) -> Any:
    """A field's value as a document holds it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if column.type == "reference":
        return Reference(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return instant(value if timezone.is_aware(value) else timezone.make_aware(value))
    if column.type in ("date", "currency"):
        return column_type_of(column).clean(replace(column, options=None), value)
    return str(value)


def as_python(column: ModelColumn, value: Any) -> Any:
    """What a document holds as the field takes it. Raises ``ValidationError`` with a sentence."""
    field = column.field
    if value is None or (value == "" and not isinstance(field, (models.CharField, models.TextField))):
        return "" if not field.null and field.empty_strings_allowed and not field.is_relation else None
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        day = parse_date(value) if len(value) == 10 else None
        if day is not None:
            return datetime.combine(day, time(), UTC)
    elif isinstance(field, models.DateField) and isinstance(value, str) and len(value) != 10:
        raise ValidationError(_("Enter a day without a time."))
    if isinstance(field, models.IntegerField) and isinstance(value, float) and not value.is_integer():
        raise ValidationError(_("Enter a whole number."))
    return field.to_python(value)


def version_of(instance: Any, version_field: str, tags: list[list[str]]) -> int:
    """The version of a row: the field that was declared for it, else a digest of all that it holds."""
    if version_field:
        return int(getattr(instance, version_field))
    return digest_of(instance, tags)


def digest_of(instance: Any, tags: list[list[str]]) -> int:
    """A whole number from 1 that is another as soon as a field is."""
    values = [_plain(field, instance) for field in instance._meta.concrete_fields]
    text = written([values, tags]).encode("utf-8", "surrogatepass")
    number: int = int.from_bytes(blake2b(text, digest_size=8).digest())
    return number % LARGEST + 1


def _plain(field: Any, instance: Any) -> Any:
    value = getattr(instance, field.attname)
    return value if type(value) in PLAIN else field.value_to_string(instance)
