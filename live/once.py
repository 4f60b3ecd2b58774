"""A request with an ``Idempotency-Key`` has its effect once, however often it is sent.

Its answer is kept for a day, in the transaction of the effect: a connection that broke before the answer came
leaves nobody in doubt. One that was refused is not kept, and may be sent again as it should be.

What may take long, or does something outside of the database, is no transaction: ``at_most_once`` takes the
key before, and keeps the answer afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import Manager
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import error_response
from capsule.identity import current_identity
from capsule.programs import JSON, answer_of

if TYPE_CHECKING:
    from live.models import IdempotentRequest

__all__ = ["KEY_PARAMETER", "at_most_once", "once", "once_by_form"]

MODEL = "live.IdempotentRequest"  # by name: a declaration may import this before any model exists
KEPT = timedelta(hours=24)
SWEPT = 100  # old ones that go with each new one
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = ("ETag", "Location")
# For descriptions: ``once`` and ``at_most_once`` read it.
KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
}


def once(request: HttpRequest, effect: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of ``effect``; of a request that was answered before, the same answer again.

    Raises ``BadInput`` for a key that cannot be one. The same key with another body is a 422.
    """
    sent = _sent(request)
    if sent is None:
        return effect()
    with transaction.atomic():
        _sweep()
        # Who comes second waits here until the first has committed, or has left nothing.
        kept, is_first = sent.claimed()
        if not is_first:
            return _again(request, kept) if kept.asked == sent.asked else _other(request)
        response = effect()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
            return response
        _keep(kept, response)
    return response


def once_by_form(
    request: HttpRequest, effect: Callable[[], HttpResponse], again: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer of ``effect``; of a form that was sent before as it is, that of ``again``.

    The form carries a key of its own in ``once``. Whoever goes back to it and sends something else means a
    second record, so what was typed counts as a part of the key, and what is in its files.
    """
    sent = _sent_by_form(request)
    if sent is None:
        return effect()
    with transaction.atomic():
        _sweep()
        _kept, is_first = sent.claimed(status=HTTPStatus.OK)
        if not is_first:
            return again()
        response = effect()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
    return response


def at_most_once(
    request: HttpRequest, effect: Callable[[], HttpResponseBase], again: Callable[[], HttpResponse]
) -> HttpResponseBase:
    """The answer of ``effect``, which is no part of a transaction, by the key in a header or a form.

    Whoever repeats a request is answered by ``again``, whether the first is done, still at it, or was
    interrupted half-way; with JSON, where that was the answer. What was refused, or raised, gives its key
    back. Raises as ``once`` does.
    """
    sent = _sent(request) or _sent_by_form(request)
    if sent is None:
        return effect()
    with transaction.atomic():
        _sweep()
        kept, is_first = sent.claimed()
    if not is_first:
        if kept.asked != sent.asked:
            return _other(request)
        return _again(request, kept) if kept.body else again()
    try:
        response = effect()
    except BaseException:
        kept.delete()
        raise
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        kept.delete()
    elif isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith(JSON):
        _keep(kept, response)
    return response


@dataclass(frozen=True)
class _Sent:
    """A request that may have been sent before: whose it is, its key, and a digest of what it asks."""

    who: str
    key: str
    asked: str

    def claimed(self, **defaults: Any) -> tuple[IdempotentRequest, bool]:
        """What is kept of it, and whether it is the first."""
        return _requests().get_or_create(
            who=self.who, key=self.key, defaults={"asked": self.asked, **defaults}
        )


def _sent(request: HttpRequest) -> _Sent | None:
    """By its header. Raises ``BadInput`` for a key that cannot be one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        problem = _("Send 1 to 255 visible characters of ASCII, a UUID say.")
        raise BadInput(_("This key cannot be used."), {"Idempotency-Key": [problem]})
    return _Sent(_who(), key, _digest(request.method or "", *_asked(request)))


def _sent_by_form(request: HttpRequest) -> _Sent | None:
    """By the key that the form carries."""
    key = request.POST.get("once", "")
    if not _KEY.fullmatch(key):
        return None
    asked = _digest(*_typed(request))
    # Visitors have no name before their first write; a key that was made here nobody else knows.
    who = _who() if current_identity().is_authenticated else _digest("form", key)
    return _Sent(who, f"form:{asked}", asked)


def _asked(request: HttpRequest) -> Iterator[str | bytes]:
    """The address, and what was sent to it."""
    if request.content_type == "multipart/form-data":
        yield from _typed(request)  # its body was read already, or is too large to be read at once
    else:
        yield request.get_full_path()
        yield request.body


def _typed(request: HttpRequest) -> Iterator[str]:
    """The address, and what a form carries to it."""
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    yield request.get_full_path()
    yield typed.urlencode()
    yield from _files_in(request)


def _files_in(request: HttpRequest) -> Iterator[str]:
    """The files of a form, each as its field, its name and a digest of its content."""
    for field, files in request.FILES.lists():
        for file in files:
            content = blake2b(digest_size=16)
            for piece in file.chunks():
                content.update(piece)
            yield _digest(field, file.name or "", content.digest())


def _keep(kept: IdempotentRequest, response: HttpResponse) -> None:
    kept.status, kept.body = response.status_code, response.content.decode()
    kept.headers = {name: response[name] for name in _HEADERS if name in response}
    kept.save()


def _again(request: HttpRequest, kept: IdempotentRequest) -> HttpResponse:
    response = answer_of(kept.body.encode(), HTTPStatus(kept.status))
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response


def _other(request: HttpRequest) -> HttpResponse:
    message = _("This key belongs to another request. Send a new one with this.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return error_response(request, status, "idempotency_key_reused", message, json_by_default=True)


def _requests() -> Manager[IdempotentRequest]:
    requests: Manager[IdempotentRequest] = apps.get_model(MODEL)._default_manager
    return requests


def _sweep() -> None:
    old = _requests().filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
    # Those that another request is sweeping are left to it.
    if numbers := list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT]):
        _requests().filter(pk__in=numbers).delete()


def _who() -> str:
    identity = current_identity()
    if identity.is_authenticated:
        return _digest(str(identity.user_id), str(identity.organization_id))
    if identity.session_id is None:  # all who have no conversation yet would share their keys
        raise BadInput(_("This key cannot be used."), {"Idempotency-Key": [_("Sign in to use one.")]})
    return _digest("visitor", identity.session_id)


def _digest(*parts: str | bytes) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
