"""How long a sign-in lasts: 12 hours without a visit, 7 days at most.

The times are seconds since 1970, kept in the session itself.
"""

from __future__ import annotations

from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

__all__ = ["BEGUN_KEY", "SEEN_KEY", "has_ended", "note_sign_in", "note_visit"]

BEGUN_KEY = "begun"  # when the person signed in
SEEN_KEY = "seen"  # when the session was last prolonged


def note_sign_in(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """The receiver of Django's ``user_logged_in``: a new sign-in has its whole time before it."""
    request.session[BEGUN_KEY] = request.session[SEEN_KEY] = int(time())


def has_ended(session: SessionBase) -> bool:
    """Whether a signed-in person's session is older than ``CAPSULE_SESSION_LIFETIME``."""
    if SESSION_KEY not in session:
        return False
    # A sign-in without a beginning cannot be told from one that is too old.
    age = time() - int(session.get(BEGUN_KEY, 0))
    return age >= settings.CAPSULE_SESSION_LIFETIME


def note_visit(session: SessionBase) -> None:
    """Prolong the session, at most every ``CAPSULE_SESSION_REFRESH``: not each visit is worth a write."""
    if not session.is_empty() and time() - int(session.get(SEEN_KEY, 0)) >= settings.CAPSULE_SESSION_REFRESH:
        session[SEEN_KEY] = int(time())
