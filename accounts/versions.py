"""Says that somebody's access has changed: whatever was granted under the old one has to be asked anew."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from accounts.models import User
from live import Topic
from live.changes import Changes

__all__ = ["access_changed", "access_topic"]


def access_topic(user_id: UUID) -> Topic:
    """The topic of one person's access."""
    return Topic("access", str(user_id))


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
