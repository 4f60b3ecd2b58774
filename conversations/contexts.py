"""What a page says of its chat beside each message, signed on its way through the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _

from capsule.identity import Identity
from capsule.json_values import Limits, clean_json
from conversations.errors import MessageRefused
from conversations.seats import Seat

__all__ = ["PageSays", "read_context", "signed_context"]

SALT: Final = "conversations.context"
LIMITS: Final = Limits(size=8 * 1024, keys=100, depth=8)
LIFETIME: Final = 24 * 3600  # seconds for which a page may send it


@dataclass(frozen=True, slots=True)
class PageSays:
    """What a page said: the context of its messages, and in which seat its chat is.

    A chat begins with the context as its ``session.data``; afterwards nothing from outside changes that.
    """

    context: Mapping[str, Any] = field(default_factory=dict)
    seat: Seat | None = None  # None: the page said nothing


def signed_context(context: Mapping[str, Any] | None, identity: Identity, handler: str, seat: Seat) -> str:
    """``context`` for a hidden field of this person's page. Raises ``InvalidJSON`` for what is no JSON."""
    if not context and seat == Seat():
        return ""
    said = [clean_json(dict(context or {}), LIMITS), seat.scope, seat.thread, seat.single]
    return signing.dumps(said, salt=_salt(identity, handler), compress=True)


def read_context(signed: str, identity: Identity, handler: str) -> PageSays:
    """What this person's page said to ``handler``. Raises ``MessageRefused`` for what no page would send."""
    if not signed:
        return PageSays()
    try:
        context, scope, thread, single = signing.loads(
            signed, salt=_salt(identity, handler), max_age=LIFETIME
        )
    except signing.BadSignature:
        sentence = _("This page was open for too long. Load it again, then send this.")
        raise MessageRefused(sentence) from None
    return PageSays(context, Seat(scope, thread, single))


def _salt(identity: Identity, handler: str) -> str:
    # What a page says to one handler means nothing to another, nor within another organisation.
    owner = identity.key("owner") if identity.is_authenticated else ""
    return f"{SALT}:{identity.user_id}:{owner}:{handler}"
