"""Secret texts: encrypted where they are kept, and shown as their last four characters.

Fernet (AES-128-CBC with HMAC-SHA256) with the keys of ``SETTINGS_KEYS``: the first encrypts, all of them
decrypt, so that a key is changed by putting a new one before it (``manage.py settings rotate``).
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

__all__ = ["Unreadable", "decrypted", "encrypted", "masked", "rotated"]

logger = logging.getLogger("capsule.settings")

SHOWN = 4  # characters
LONG_ENOUGH = 12  # characters: of a shorter secret four would be too many


class Unreadable(ValueError):
    """What is kept was encrypted with a key that the site no longer has."""


def encrypted(text: str) -> str:
    """``text`` as it is kept."""
    return _keys(tuple(site.SETTINGS_KEYS)).encrypt(text.encode()).decode()


def decrypted(kept: object) -> str:
    """The text that was encrypted. Raises ``Unreadable``."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - a site without secrets need not load it

    try:
        return _keys(tuple(site.SETTINGS_KEYS)).decrypt(str(kept).encode()).decode()
    except (InvalidToken, ValueError):
        raise Unreadable from None


def rotated(kept: str) -> str:
    """The same secret under the first key. Raises ``Unreadable``."""
    return encrypted(decrypted(kept))


def masked(text: str) -> str:
    """What may be shown of a secret: that it is there, and of a long one its end.

    Example: ``masked("sk-0123456789abcd") == "•••• abcd"``
    """
    if not text:
        return ""
    return f"•••• {text[-SHOWN:]}" if len(text) >= LONG_ENOUGH else "••••"


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - as above

    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "SETTINGS_KEYS has to hold Fernet keys, separated by commas. `manage.py settings new-key` makes "
            "one."
        ) from error


def readable(kept: Any, name: str) -> str | None:
    """The text, or ``None`` with a line in the log where its key is gone."""
    try:
        return decrypted(kept)
    except Unreadable:
        logger.error(
            "The secret setting %s cannot be decrypted with SETTINGS_KEYS: it counts as not set.", name
        )
        return None
