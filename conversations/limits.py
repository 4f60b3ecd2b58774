"""How much one may write in a minute, and from one address."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import client_address
from accounts.models import User
from capsule.http import PageRequest
from conversations.errors import MessageRefused
from conversations.models import Author, ChatMessage, Conversation, Kind

__all__ = [
    "MINUTE",
    "refuse_too_many",
    "refuse_too_many_begun",
    "refuse_too_many_tries",
    "refuse_too_many_visitors",
]

MINUTE: Final = timedelta(minutes=1)
AN_ADDRESS: Final = 10  # times what one visitor may: many people may share an address


def refuse_too_many(sender: User | None, browser_key: str) -> None:
    """As many messages and presses a minute as ``CAPSULE_MESSAGES_A_MINUTE``. Raises ``MessageRefused``."""
    lately = ChatMessage.objects.filter(author=Author.PERSON, queued_at__gt=timezone.now() - MINUTE)
    written = lately.exclude(kind__in=[Kind.ENTER, Kind.EXIT])
    if sender is not None:
        sent = written.filter(sender=sender).count()
    else:
        sent = written.filter(conversation__browser_key=browser_key, sender=None).count()
    if sent >= settings.CAPSULE_MESSAGES_A_MINUTE:
        sentence = _("That is %(count)d messages in a minute. Wait a moment, then send this again.")
        raise MessageRefused(sentence % {"count": sent}, 429, "too_many_messages", 60)


def refuse_too_many_tries(tries: int) -> None:
    """As many tries of one turn in a minute. Raises ``MessageRefused``."""
    if tries > settings.CAPSULE_MESSAGES_A_MINUTE:
        sentence = _("That was tried again and again. Wait a minute, then try once more.")
        raise MessageRefused(sentence, 429, "too_many_messages", 60)


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
