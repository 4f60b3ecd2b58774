"""Says that somebody's access has changed: whatever was granted under the old one has to be asked anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import F

from accounts.middleware import CONVERSATION_KEY
from accounts.models import User
from live import Topic
from live.changes import Changes, changes

__all__ = ["access_changed", "access_topic", "session_ended"]


def access_topic(known_as: UUID | str) -> Topic:
    """The topic of one person's access; of a visitor's, whose browser is known by its conversation's id."""
    return Topic("access", str(known_as))


def access_changed(change: Changes, user_ids: Iterable[UUID], *, end_sessions: bool = False) -> None:
    """Raise the people's ``auth_version`` and announce it.

    ``end_sessions`` also signs them out everywhere. A new password does that by itself, since the password
    is part of each session's hash.

    Example::

        with changes() as change:
            membership.delete()
            access_changed(change, [membership.user_id])
    """
    raised = {"auth_version": F("auth_version") + 1}
    if end_sessions:
        raised["session_version"] = F("session_version") + 1
    # One by one and sorted, so that two changes to the same people never wait for each other in a circle.
    for user_id in sorted(set(user_ids)):
        User.objects.filter(pk=user_id).update(**raised)
        change.touch(access_topic(user_id))


def session_ended(instance: Session, **kwargs: Any) -> None:
    """The receiver of a session's deletion: signing out, and whatever else ends a sign-in; signing in, too.

    Every socket of the person is closed, whichever browser it is of: those that are still signed in are open
    again a moment later. A topic of each session would leave a row behind for each sign-in. And what a
    visitor's page was shown of their conversation is a person's own once they have signed in.
    """
    kept = instance.get_decoded()
    known_as = kept.get(SESSION_KEY) or kept.get(CONVERSATION_KEY)
    if known_as:
        with changes() as change:
            change.touch(access_topic(known_as))
