"""Slows down whoever guesses passwords, by name and address together; never locks an account.

After ``FREE_ATTEMPTS`` failures the pair has to wait, and with each further failure twice as long. The
person whose name is being tried signs in from anywhere else as if nothing had happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from logging import getLogger
from math import ceil
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext

from accounts.addresses import client_address
from accounts.managers import UserManager
from capsule.http import error_response, safe_next, wants_json

__all__ = [
    "GrowingDelays",
    "attempted_name",
    "client_address",
    "delay_after",
    "forget_failures",
    "too_many_attempts",
]

logger = getLogger("capsule.accounts")

FREE_ATTEMPTS = 5
FIRST_DELAY = timedelta(minutes=15)
LONGEST_DELAY = timedelta(hours=4)


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many failures: 15 minutes from the fifth on, doubling to 4 hours."""
    if failures < FREE_ATTEMPTS:
        return timedelta()
    doublings = min(failures - FREE_ATTEMPTS, 10)  # bounded, or a huge count would overflow
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


class GrowingDelays(AxesDatabaseHandler):  # type: ignore[misc]
    """Axes' handler with delays that grow, one small row for each pair, and nothing of what was typed.

    Axes' own forgets the count as soon as a wait is over, so its waits cannot grow, and keeps the whole
    form of each attempt. Here a pair is forgotten ``AXES_COOLOFF_TIME`` after its last failure.
    """

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return self.locked_until(request, credentials) is not None

    def locked_until(self, request: HttpRequest, credentials: dict[str, Any] | None) -> datetime | None:
        """Until when this name has to wait at this address, or ``None`` if it need not."""
        attempts = self._attempts(request, credentials)
        found = attempts.values_list("failures_since_start", "attempt_time").first()
        if found is None:
            return None
        failures, last = found
        until: datetime = last + delay_after(failures)
        return until if until > timezone.now() else None

    def user_login_failed(
        self, sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            return
        request.axes_credentials = credentials  # type: ignore[attr-defined]
        if not request.axes_locked_out:  # type: ignore[attr-defined]
            self.clean_expired_user_attempts(request, credentials)
            # An attempt during a wait is not even tried, so it does not count either.
            failures = self._record(request, credentials)
            if failures >= FREE_ATTEMPTS:
                logger.warning("Sign-in from %s waits after %d failures.", client_address(request), failures)
                request.axes_locked_out = True  # type: ignore[attr-defined]

    def _record(self, request: HttpRequest, credentials: dict[str, Any]) -> int:
        with transaction.atomic():
            # The browser's name is left out: one who guesses would only have to vary it.
            attempt, created = AccessAttempt.objects.select_for_update().get_or_create(
                username=attempted_name(request, credentials),
                ip_address=client_address(request),
                user_agent="",
                defaults={"failures_since_start": 1, "path_info": request.path[:255]},
            )
            if not created:
                AccessAttempt.objects.filter(pk=attempt.pk).update(
                    failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now()
                )
            return 1 if created else int(attempt.failures_since_start) + 1

    def _attempts(self, request: HttpRequest, credentials: dict[str, Any] | None) -> Any:
        return AccessAttempt.objects.filter(
            username=attempted_name(request, credentials), ip_address=client_address(request)
        ).order_by("-attempt_time")


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that is being tried, as the account would spell it."""
    source = credentials or request.POST
    given = source.get(settings.AXES_USERNAME_FORM_FIELD) or source.get("email")
    name: str = UserManager.normalize_email(str(given or ""))
    return name[:255]


def forget_failures(email: str) -> None:
    """Lift every wait for a name: whoever reads its mail need not guess."""
    AccessAttempt.objects.filter(username=UserManager.normalize_email(email)).delete()


def too_many_attempts(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The answer while a pair has to wait: 429, with the time from which it may try again."""
    until = GrowingDelays().locked_until(request, credentials) or timezone.now()
    seconds = max(ceil((until - timezone.now()).total_seconds()), 1)
    minutes = ceil(seconds / 60)
    message = ngettext(
        "Too many attempts failed for this address from here. Try again in %(minutes)d minute.",
        "Too many attempts failed for this address from here. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
    answer: HttpResponse
    if wants_json(request) or request.headers.get("HX-Request") == "true":
        answer = error_response(request, 429, "too_many_attempts", message)
    else:
        next_query = urlencode({"next": safe_next(request)})
        context = {"message": message, "until": until, "next_query": next_query}
        answer = render(request, "accounts/too_many_attempts.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
