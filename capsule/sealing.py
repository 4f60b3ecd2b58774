"""Texts that leave the server and come back: nobody can read them on the way, or make one.

The same value under the same salt is the same text, so that an answer that holds one keeps its ETag: AES-SIV
(RFC 5297) needs no nonce. The keys follow ``SECRET_KEY``; what ``SECRET_KEY_FALLBACKS`` sealed still opens.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b, sha512
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

__all__ = ["BadSeal", "seal", "unseal"]


class BadSeal(ValueError):
    """The text was not sealed here, or not under that salt."""


def seal(value: Any, salt: str) -> str:
    """A JSON value as a text of letters, digits, ``-`` and ``_``, bound to ``salt``.

    Example: ``unseal(seal([7, "a"], "cursor"), "cursor") == [7, "a"]``
    """
    written = json.dumps(value, separators=(",", ":")).encode()
    return _in_letters(_cipher(settings.SECRET_KEY).encrypt(written, [salt.encode()]))


def unseal(text: str, salt: str) -> Any:
    """The value of ``seal``. Raises ``BadSeal`` for any other text."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - who opens nothing need not load it

    try:
        sealed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise BadSeal from None
    if _in_letters(sealed) != text:  # of the last letter not every bit counts
        raise BadSeal
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return json.loads(_cipher(key).decrypt(sealed, [salt.encode()]))
        except (InvalidTag, ValueError):
            continue
    raise BadSeal


def _in_letters(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


@lru_cache(maxsize=8)
def _cipher(secret: str) -> AESSIV:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415 - as above

    key = blake2b(key=sha512(secret.encode()).digest(), person=b"capsule.sealing", digest_size=64)
    return AESSIV(key.digest())
