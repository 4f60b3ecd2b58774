"""No statement runs for ever: on SQLite as on PostgreSQL, and the error says so by one name.

PostgreSQL ends a statement itself (``statement_timeout``, set with the connection). SQLite asks now and then
whether it shall go on. While the site serves the limit is ``CAPSULE_STATEMENT_SECONDS``; a command such as
``migrate`` takes its time.

Within a ``TimeLimit`` no statement begins past it, and the one that runs then is ended.
"""

from __future__ import annotations

import time
from functools import partial
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import DatabaseErrorWrapper
from django.utils.translation import gettext as _

from capsule.errors import TooCostly
from capsule.time_limits import current_limit

__all__ = ["limit_statements"]

STEPS = 50_000  # of SQLite's machine between two looks at the clock: about a millisecond


def limit_statements() -> None:
    """Do so on every connection from now on."""
    connection_created.connect(_limit, dispatch_uid="capsule.deadlines")


def _limit(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    seconds = settings.CAPSULE_STATEMENT_SECONDS
    # Where Django makes a driver's errors its own, for that is where both statements and fetches pass.
    connection.__dict__["wrap_database_errors"] = _NamedErrors(connection)
    ours: list[Any] = [_within_the_limit]
    if connection.vendor == "sqlite" and seconds:
        clock = _Clock(seconds)
        connection.connection.set_progress_handler(clock.is_over, STEPS)
        ours.append(clock)
    wrappers = connection.execute_wrappers
    others = [one for one in wrappers if one is not _within_the_limit and not isinstance(one, _Clock)]
    wrappers[:] = [*ours, *others]


def _within_the_limit(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    limit = current_limit()
    if limit is not None:
        limit.check()
        # Kept when it has been executed, for its rows may still be on their way: to end nothing is no harm.
        limit.end_statement = partial(_end_statement, context["connection"])
    return execute(sql, params, many, context)


def _end_statement(connection: BaseDatabaseWrapper) -> None:
    """End what that connection does, from another thread than its own."""
    raw = connection.connection
    if raw is None:
        return
    if connection.vendor == "sqlite":
        raw.interrupt()
    else:
        raw.cancel_safe(timeout=1.0)


class _Clock:
    """Started by each statement of one connection."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = float("inf")

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.until = time.monotonic() + self.seconds
        return execute(sql, params, many, context)

    def is_over(self) -> bool:
        return time.monotonic() > self.until


class _NamedErrors(DatabaseErrorWrapper):
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self.connection = connection

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is not None and _is_overdue(exc_value):
            self.connection.errors_occurred = True
            raise TooCostly(_("This takes too long to answer. Ask for less.")) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


def _is_overdue(error: BaseException) -> bool:
    # By their words, for psycopg is not loaded on SQLite: it says the same of what an operator cancelled.
    words = str(error)
    return words == "interrupted" or "due to statement timeout" in words
