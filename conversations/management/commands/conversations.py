"""Looks through conversations from a shell: lists, closes, exports and deletes them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from accounts.models import User
from capsule.words import counted
from conversations.exporting import line_of
from conversations.keeping import close, erase_person, reopen
from conversations.models import Conversation, ConversationSession

LISTED = 100


class Command(BaseCommand):
    help = "Lists, closes, exports and deletes conversations: all, those of a person, or one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        act = parser.add_subparsers(dest="act", required=True)
        for name, words in (("list", "The latest, with their size."), ("export", "As lines of JSON.")):
            reading = act.add_parser(name, help=words)
            reading.add_argument("--person", help="an e-mail address: only those that this person began")
            if name == "export":
                reading.add_argument("--files", type=Path, help="a folder for the files of messages")
        for name, words in (("close", "To be read only."), ("reopen", "To be written in again.")):
            act.add_parser(name, help=words).add_argument("id", type=UUID, help="as list says it")
        deleting = act.add_parser("delete", help="For good: one by its id, or all that is a person's.")
        which = deleting.add_mutually_exclusive_group(required=True)
        which.add_argument("id", type=UUID, nargs="?", help="as list says it")
        which.add_argument("--person", help="an e-mail address; in shared ones their messages are deleted")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        getattr(self, f"_{act}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        chosen = self._chosen(options)
        for one in chosen.select_related("user", "session")[:LISTED]:
            person = one.user.email if one.user else "-"
            ended = "deleted" if one.deleted_at else "closed" if one.closed_at else "open"
            size = one.session.size
            self.stdout.write(
                f"{one.pk}  {one.scope:7}  {ended:7}  {size:>6} B  {person}  {one.handler or '-'}"
            )
        total = ConversationSession.objects.filter(conversation__in=chosen).count()
        self.stdout.write(f"{counted(total, 'conversation')}.")

    def _export(self, options: dict[str, Any]) -> None:
        folder: Path | None = options["files"]
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in self._chosen(options).select_related("session").iterator(chunk_size=100):
            self.stdout.write(line_of(one, folder).decode(), ending="")

    def _close(self, options: dict[str, Any]) -> None:
        close(self._one(options["id"]))
        self.stdout.write("Closed.")

    def _reopen(self, options: dict[str, Any]) -> None:
        reopen(self._one(options["id"]))
        self.stdout.write("Open again.")

    def _delete(self, options: dict[str, Any]) -> None:
        if options["id"] is not None:
            self._one(options["id"]).delete()
            self.stdout.write("Deleted.")
            return
        conversations, messages = erase_person(self._person(options["person"]))
        self.stdout.write(
            f"Deleted {counted(conversations, 'conversation')}, and {counted(messages, 'message')} in "
            "shared ones."
        )

    def _chosen(self, options: dict[str, Any]) -> QuerySet[Conversation]:
        everything = Conversation.objects.order_by("-updated_at")
        return everything.filter(user=self._person(options["person"])) if options["person"] else everything

    def _one(self, id: UUID) -> Conversation:
        found = Conversation.objects.filter(pk=id).first()
        if found is None:
            raise CommandError(f"There is no conversation {id}.")
        return found

    def _person(self, email: str) -> User:
        found = User.objects.filter(email__iexact=email).first()
        if found is None:
            raise CommandError(f"Nobody has the e-mail address {email}.")
        return found
