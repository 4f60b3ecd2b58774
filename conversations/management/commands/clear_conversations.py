"""Deletes the conversations that nobody has written to for their lifetime."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from conversations.hooks import may_go
from conversations.models import Conversation
from live.changes import changes

BATCH = 500  # conversations in one transaction


class Command(BaseCommand):
    help = "Deletes conversations, with their data, whose CAPSULE_CONVERSATION_LIFETIME has passed."

    def handle(self, *args: Any, **options: Any) -> None:
        cleared = waiting = 0
        expired = Conversation.objects.expired().select_related("user").order_by("pk")
        rest = expired
        while found := list(rest[:BATCH]):
            going = [conversation.pk for conversation in found if may_go(conversation)]
            with changes():
                Conversation.objects.filter(pk__in=going).delete()
            cleared, waiting = cleared + len(going), waiting + len(found) - len(going)
            rest = expired.filter(pk__gt=found[-1].pk)
        self.stdout.write(f"Cleared {cleared:,} expired conversations.")
        if waiting:
            self.stdout.write(f"{waiting:,} are left first (@exit): a later run clears them.")
