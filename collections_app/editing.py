"""A person's edit, merged with what others wrote since they looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from collections_app.comparing import same
from collections_app.documents import DocumentCleaner
from collections_app.paths import MISSING, copied

__all__ = ["Edits", "merge"]

# For each changed key: the value that the person saw, and the one that they want; ``MISSING`` takes it away.
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
            new = _taken_away(cleaner, key) if wanted is MISSING else cleaner.value(key, wanted)
        except ValidationError as error:
            errors.update(error.message_dict)
            continue
        current = document.get(key)
        if (key not in document) if new is MISSING else same(current, new):
            continue
        # What was seen went through a form; cleaned, it is comparable with what is stored.
        if same(current, seen) or same(current, _cleaned(cleaner, key, seen)):
            if new is MISSING:
                del merged[key]
            else:
                merged[key] = new
        else:
            conflicting.append(key)
    if errors:
        raise cleaner.refused(errors)
    return cleaner.whole(merged), conflicting


def _taken_away(cleaner: DocumentCleaner, key: str) -> Any:
    if cleaner.is_required(key):
        raise ValidationError({key: [_("This is required.")]})
    return MISSING


def _cleaned(cleaner: DocumentCleaner, key: str, seen: Any) -> Any:
    try:
        return cleaner.value(key, seen)
    except ValidationError:
        return None if seen in (None, "") else seen
