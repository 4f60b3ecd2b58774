"""Deletes the conversations that nobody has written to for their lifetime."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from conversations.models import Conversation
from live.changes import changes

BATCH = 500  # conversations in one transaction


class Command(BaseCommand):
    help = "Deletes conversations, with their data, whose CAPSULE_CONVERSATION_LIFETIME has passed."

    def handle(self, *args: Any, **options: Any) -> None:
        cleared = 0
        while ids := list(Conversation.objects.expired().values_list("pk", flat=True)[:BATCH]):
            with changes():
                Conversation.objects.filter(pk__in=ids).delete()
            cleared += len(ids)
        self.stdout.write(f"Cleared {cleared:,} expired conversations.")
