"""What Unicode's CLDR knows of the active language: where a sign of money or of per cent stands.

The separators are Django's, so that a table, an input and a template agree. Babel, which holds the CLDR,
loads a language with the first amount that is shown; a start waits for its list of currencies at most, where
one is declared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.core import Locale

__all__ = ["locale_of"]

FALLBACK = "en"


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """The CLDR's data of a language by Django's name for it; English for one that it does not know."""
    from babel.core import Locale, UnknownLocaleError

    try:
        return Locale.parse(language or FALLBACK, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)
