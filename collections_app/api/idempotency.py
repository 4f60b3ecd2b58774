"""A request with an ``Idempotency-Key`` has its effect once, however often it is sent.

Its answer is kept for a day, in the transaction of the effect: a connection that broke before the answer came
leaves nobody in doubt. One that was refused is not kept, and may be sent again as it should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import blake2b
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import error_response
from capsule.identity import current_identity
from collections_app.api.answering import answer_of
from collections_app.models import IdempotentRequest

__all__ = ["once", "once_by_form"]

KEPT = timedelta(hours=24)
SWEPT = 100  # old ones that go with each new one
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = ("ETag", "Location")


def once(request: HttpRequest, effect: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of ``effect``; of a request that was answered before, the same answer again.

    Raises ``BadInput`` for a key that cannot be one. The same key with another body is a 422.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return effect()
    if not _KEY.fullmatch(key):
        problem = _("Send 1 to 255 visible characters of ASCII, a UUID say.")
        raise BadInput(_("This key cannot be used."), {"Idempotency-Key": [problem]})
    asked = _digest(request.method or "", request.path, request.body)
    with transaction.atomic():
        _sweep()
        # Who comes second waits here until the first has committed, or has left nothing.
        kept, is_first = IdempotentRequest.objects.get_or_create(
            who=_who(), key=key, defaults={"asked": asked}
        )
        if not is_first:
            return _again(request, kept) if kept.asked == asked else _other(request)
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
    key = request.POST.get("once", "")
    if not _KEY.fullmatch(key):
        return effect()
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    asked = _digest(request.path, typed.urlencode(), *_files_in(request))
    # Visitors have no name before their first write; a key that was made here nobody else knows.
    who = _who() if current_identity().is_authenticated else _digest("form", key)
    with transaction.atomic():
        _sweep()
        defaults = {"asked": asked, "status": HTTPStatus.OK}
        _kept, is_first = IdempotentRequest.objects.get_or_create(
            who=who, key=f"form:{asked}", defaults=defaults
        )
        if not is_first:
            return again()
        response = effect()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
    return response


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


def _sweep() -> None:
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
    # Those that another request is sweeping are left to it.
    if numbers := list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT]):
        IdempotentRequest.objects.filter(pk__in=numbers).delete()


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
