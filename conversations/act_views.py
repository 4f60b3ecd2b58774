"""What a person does in a conversation by a press: answers a question, does an action; each a turn."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from capsule.access import require
from capsule.errors import BadInput
from capsule.http import PageRequest, allow
from capsule.programs import JSON, sent_object
from conversations.access import handler_of, own_chat, sender_of
from conversations.acts import action_named, takes_session
from conversations.errors import MessageRefused, SessionConflict
from conversations.limits import refuse_too_many_visitors
from conversations.models import Conversation, Prompt
from conversations.posting import act, settle
from conversations.taking import Given
from conversations.views import onwards, refused_message, taken
from handlers.results import plain

__all__ = ["answer_prompt", "do_action"]

ANSWERS = ("approve", "decline")


def answer_prompt(request: PageRequest, conversation_id: UUID, prompt_id: UUID) -> HttpResponse:
    """Approves or declines; whichever comes first counts, and the same again changes nothing."""
    if refused := allow(request, ["POST"]):
        return refused
    chat = _writable(request, conversation_id)
    prompt = Prompt.objects.filter(pk=prompt_id, reply__conversation=chat).first()
    if prompt is None:
        raise Http404
    said = _answer_of(request)
    if said not in ANSWERS:
        problem = _("Say one of: %(names)s.") % {"names": ", ".join(ANSWERS)}
        raise BadInput(_("That is no answer."), {"answer": [problem]})
    try:
        refuse_too_many_visitors(request)
        counts = settle(chat, request.identity, sender_of(request), prompt, said == "approve")
    except SessionConflict:  # deleted a moment ago
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, Given(""), chat)
    if not counts:
        return refused_message(request, MessageRefused(_("This was answered already."), 409), Given(""), chat)
    return onwards(request, chat)


def do_action(request: PageRequest, conversation_id: UUID, action: str) -> HttpResponseBase:
    """Queues a turn that does an action which takes the session; any other is a 404 here."""
    if refused := allow(request, ["POST"]):
        return refused
    chat = _writable(request, conversation_id)
    found = action_named(action)
    if found is None or not takes_session(found):
        raise Http404
    found.admit()
    arguments = plain(found.sent(request))
    try:
        refuse_too_many_visitors(request)
        once = request.POST.get("once") or request.headers.get("Idempotency-Key", "")
        turn = act(chat, sender_of(request), found, arguments, once)
    except SessionConflict:
        raise Http404 from None
    except MessageRefused as refusal:
        return refused_message(request, refusal, Given(""), chat)
    return taken(request, Given(""), turn)


def _answer_of(request: PageRequest) -> object:
    return sent_object(request).get("answer") if request.content_type == JSON else request.POST.get("answer")


def _writable(request: PageRequest, conversation_id: UUID) -> Conversation:
    """The person's own conversation, if they may write in it."""
    chat = own_chat(request, conversation_id)
    handler = handler_of(chat)
    if handler is None:
        raise Http404
    require(handler.access, request.identity)
    return chat
