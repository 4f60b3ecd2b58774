"""Which fields of a model are nobody's to see, by what they are called."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["is_sensitive"]

_WORDS = re.compile(
    r"(^|_)(pass(word|wd|phrase|code)?|pwd|secret|token|otp|totp|pin|salt|hash|digest|credential|cookie|"
    r"signature|cvv|iban|(api|private|secret|session|access|encryption|recovery)_?(key|data|code)|apikey)s?"
    r"(_|$)",
    re.IGNORECASE,
)


def is_sensitive(field: Any) -> bool:
    """Whether a field holds something like a password, so that no table shows it unless it is named.

    Example: ``is_sensitive(User._meta.get_field("password"))``
    """
    return _WORDS.search(field.name) is not None
