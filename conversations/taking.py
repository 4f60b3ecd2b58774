"""What a request brings along: a message of a form or of a program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import PageRequest
from capsule.programs import JSON, sent_object
from conversations.files import NAME, Files, FileValue, kept_files

__all__ = ["Given", "given", "with_files"]

ANSWERS: Final = ("later", "whole", "stream")


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
