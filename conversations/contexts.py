"""What a page says of itself beside each message, signed on its way through the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _

from capsule.identity import Identity
from capsule.json_values import Limits, clean_json
from conversations.errors import MessageRefused

__all__ = ["read_context", "signed_context"]

SALT: Final = "conversations.context"
LIMITS: Final = Limits(size=8 * 1024, keys=100, depth=8)
LIFETIME: Final = 24 * 3600  # seconds for which a page may send it


def signed_context(context: Mapping[str, Any] | None, identity: Identity, handler: str) -> str:
    """``context`` for a hidden field of this person's page. Raises ``InvalidJSON`` for what is no JSON."""
    if not context:
        return ""
    return signing.dumps(clean_json(dict(context), LIMITS), salt=_salt(identity, handler), compress=True)


def read_context(signed: str, identity: Identity, handler: str) -> dict[str, Any]:
    """What this person's page said to ``handler``. Raises ``MessageRefused`` for what no page would send."""
    if not signed:
        return {}
    try:
        read: dict[str, Any] = signing.loads(signed, salt=_salt(identity, handler), max_age=LIFETIME)
    except signing.BadSignature:
        sentence = _("This page was open for too long. Load it again, then send this.")
        raise MessageRefused(sentence) from None
    return read


def _salt(identity: Identity, handler: str) -> str:
    # What a page says to one handler means nothing to another, nor within another organisation.
    return f"{SALT}:{identity.user_id}:{identity.key('owner')}:{handler}"
