"""A table as it was last drawn, kept for all who would see the very same: one render serves many.

Only what is the same for everybody of a scope is kept. Access is asked before, each time; who may add is part
of the key; the signed topics and every token are put on afterwards, for each viewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils import timezone, translation
from django.utils.safestring import SafeString

from capsule.digests import digest_of
from collections_app.columns import column_type_of
from collections_app.declarations import Column
from collections_app.queries import Query
from collections_app.tables.matches import KEY_SIZE, key_of
from live.keeping import Keeper

__all__ = ["shared"]

_html = Keeper("CAPSULE_KEPT_HTML")


def shared(
    query: Query, asked: object, columns: Iterable[Column], draw: Callable[[], SafeString]
) -> SafeString:
    """``draw()``, or what it gave for the same question, asked in the same words, language and time zone.

    ``asked`` is everything else that ``draw`` depends on.
    """
    key = key_of(query) if _html.is_keeping and _look_the_same(columns) else None
    if key is None:
        return draw()
    seen = (asked, translation.get_language(), str(timezone.get_current_timezone()))
    # As bytes, which take half the memory: one dash that is not ASCII makes each character of a text two.
    kept = _html.get((key, digest_of(seen, KEY_SIZE)), lambda: draw().encode(), size=len)
    return SafeString(kept.decode())  # as it was drawn, and so escaped


def _look_the_same(columns: Iterable[Column]) -> bool:
    """Whether the cells depend on nothing but value, language and time zone: each type says so for itself."""
    return all(vars(type(column_type_of(column))).get("shared", False) for column in columns)
