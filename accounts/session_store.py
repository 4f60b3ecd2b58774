"""Django's sessions in the database, read with a statement that is made once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from capsule.lookups import RowBy

__all__ = ["SessionStore"]

_by_key = RowBy(Session, "session_key")


class SessionStore(db.SessionStore):
    """``SESSION_ENGINE``: every request with a cookie reads its session, and only the key differs."""

    def _get_session_from_db(self) -> Session | None:
        session = _by_key.get(self.session_key)
        if session is not None and session.expire_date > timezone.now():
            return session
        self._session_key = None
        return None
