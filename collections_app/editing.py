"""A person's edit, merged with what others wrote since they looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from collections_app.comparing import same
from collections_app.documents import DocumentCleaner
from collections_app.paths import copied

__all__ = ["Edits", "merge"]

# For each changed key: the value that the person saw, and the one that they want.
Edits = Mapping[str, tuple[Any, Any]]


def merge(
    document: dict[str, Any], edits: Edits, cleaner: DocumentCleaner
) -> tuple[dict[str, Any], list[str]]:
    """The document with the edits, and the keys on which somebody else was first.

    Raises ``ValidationError`` with every key whose new value cannot be.
    """
    merged, conflicting = copied(document), []
    edits = cleaner.by_stored_keys(edits)
    cleaner.refuse_reserved(edits)
    errors: dict[str, Any] = {}
    for key, (seen, wanted) in edits.items():
        try:
            new = cleaner.value(key, wanted)
        except ValidationError as error:
            errors.update(error.message_dict)
            continue
        current = document.get(key)
        if same(current, new):
            continue
        # What was seen went through a form; cleaned, it is comparable with what is stored.
        if same(current, seen) or same(current, _cleaned(cleaner, key, seen)):
            merged[key] = new
        else:
            conflicting.append(key)
    if errors:
        raise ValidationError(errors)
    return cleaner.whole(merged), conflicting


def _cleaned(cleaner: DocumentCleaner, key: str, seen: Any) -> Any:
    try:
        return cleaner.value(key, seen)
    except ValidationError:
        return None if seen in (None, "") else seen
