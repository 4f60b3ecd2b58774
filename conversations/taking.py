"""What a request brings along: a message of a form or of a program, and how often a visitor may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from capsule.errors import BadInput
from capsule.http import PageRequest
from capsule.programs import JSON, sent_object
from conversations.errors import MessageRefused
from conversations.files import NAME, Files, FileValue, kept_files
from conversations.models import Conversation
from conversations.posting import MINUTE

__all__ = ["Given", "given", "refuse_too_many_begun", "refuse_too_many_visitors", "with_files"]

ANSWERS: Final = ("later", "whole", "stream")
AN_ADDRESS: Final = 10  # times what one visitor may: many people may share an address


@dataclass(frozen=True, slots=True)
class Given:
    """A message as it came in. ``answer``: whether the caller waits for what is answered."""

    text: str
    client_id: str = ""
    context: str = ""
    answer: str = "later"
    has_text: bool = True
    sent: tuple[Any, ...] = ()  # files, and values of files that were sent before
    files: tuple[FileValue, ...] = ()  # what of these is kept


def given(request: PageRequest) -> Given:
    """The message of a form, or of a program's JSON. Raises ``BadInput`` for what has no place in one."""
    if request.content_type != JSON:
        form = request.POST
        answer = "stream" if "text/event-stream" in request.headers.get("Accept", "") else "later"
        sent_files = (*filter(None, form.getlist(NAME)), *request.FILES.getlist(NAME))
        text, client_id, context = (form.get(name, "") for name in ("text", "client_id", "context"))
        has_text = "text" in form or bool(sent_files)
        return Given(text, client_id, context, answer, has_text, sent_files)
    sent = sent_object(request, clean=False)
    problems = {name: _problem_of(name, value) for name, value in sent.items()}
    if wrong := {name[:64]: [problem] for name, problem in problems.items() if problem}:
        raise BadInput(_("This message cannot be used as it is."), wrong)
    if "text/event-stream" in request.headers.get("Accept", ""):
        sent.setdefault("answer", "stream")
    sent_files = tuple(sent.pop(NAME, ()))
    return Given(**{"text": "", **sent}, has_text="text" in sent or bool(sent_files), sent=sent_files)


def with_files(message: Given, takes: Files | None) -> Given:
    """The message with the files that came with it, received. Raises ``FilesRefused``."""
    return replace(message, files=tuple(kept_files(takes, message.sent))) if message.sent else message


def _problem_of(name: str, value: Any) -> str:
    if name == NAME:
        return "" if isinstance(value, list) else _("Send a list of files.")
    if name not in ("text", "client_id", "context", "answer"):
        return _("A message has text, files, client_id, context and answer, and nothing else.")
    if not isinstance(value, str):
        return _("Send a text.")
    if name == "answer" and value not in ANSWERS:
        return _("Use one of: %(words)s.") % {"words": ", ".join(ANSWERS)}
    return ""


def refuse_too_many_begun(request: PageRequest) -> None:
    """As many conversations a minute as messages. Raises ``MessageRefused``."""
    identity = request.identity
    if identity.user_id is None:
        refuse_too_many_visitors(request)
        return
    since = timezone.now() - MINUTE
    begun = Conversation.objects.filter(user_id=identity.user_id, created_at__gt=since).count()
    if begun >= settings.CAPSULE_MESSAGES_A_MINUTE:
        raise MessageRefused(_("Wait a minute, then begin another."), 429, "too_many_conversations", 60)


def refuse_too_many_visitors(request: HttpRequest) -> None:
    """Whoever forgets their cookie is another visitor, and still comes from the same address."""
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        return
    name = f"conversations:visitors:{client_address(request)}"
    cache.add(name, 0, timeout=int(MINUTE.total_seconds()))
    try:
        sent = cache.incr(name)
    except ValueError:  # its minute ended in between
        return
    if sent > AN_ADDRESS * settings.CAPSULE_MESSAGES_A_MINUTE:
        sentence = _("Too much was sent from your network. Wait a minute, then try again.")
        raise MessageRefused(sentence, 429, "too_many_messages", 60)
