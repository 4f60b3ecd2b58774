"""``manage.py startcapsule NAME``: an application that runs and is tested, to be read from top to bottom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from capsule.words import counted
from capsule_site.kept_environment import keep_in_environment
from capsule_site.starting.names import problem_with
from capsule_site.starting.records import words_of
from capsule_site.starting.writing import Line, NoPlace, begin_application
from collections_app.drafting import Draft, draft_of
from collections_app.transfer import FileProblem

__all__ = ["Command"]

NEXT = (
    ("make dev", "its page: {address}"),
    (".venv/bin/python -m pytest {name}", "its tests"),
    ("make check NAME={name}", "its lint, types and all else that can be known"),
)


class Command(BaseCommand):
    help = "Writes an application of the four layers into a folder of that name, and installs it."
    requires_system_checks: list[str] = []  # of no concern to a new application

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="what it is called, such as desk")
        parser.add_argument(
            "--from", dest="file", type=Path, metavar="FILE", help="a CSV file, whose records it is to hold"
        )
        parser.add_argument("--without-demo", action="store_true", help="also switch the demo off, for good")

    def handle(
        self, *args: Any, name: str, without_demo: bool, file: Path | None = None, **options: Any
    ) -> None:
        if problem := problem_with(name, settings.BASE_DIR):
            raise CommandError(problem)
        try:
            draft = draft_of(file) if file else None
            words = words_of(draft, name, file) if draft and file else None
            lines = begin_application(name, settings.BASE_DIR, words)
        except FileProblem as error:
            raise CommandError(f"{error} Nothing was written.") from None
        except NoPlace as error:
            raise CommandError(f"{error} Nothing was written.") from None
        except OSError as error:
            place = error.filename or settings.BASE_DIR
            raise CommandError(
                f"{place} cannot be written: {error.strerror or error}. Nothing was changed. Make the "
                "project's folder writable for you, and try again."
            ) from None
        self._say(name, lines)
        if words and draft:
            self._say_how_to_load(words["load"], draft)
        if without_demo:
            self._switch_the_demo_off()

    def _switch_the_demo_off(self) -> None:
        try:
            file = keep_in_environment(settings.CAPSULE_VAR, "CAPSULE_DEMO", "0")
        except (OSError, ImproperlyConfigured) as error:
            raise CommandError(f"The demo is still on: {error}") from None
        self.stdout.write(f"The demo is off from now on: {file} says CAPSULE_DEMO=0.")

    def _say_how_to_load(self, command: str, draft: Draft) -> None:
        self.stdout.write(
            f"As soon as you can sign in, load its {counted(draft.records, 'record')} by:\n  {command}"
        )
        for doubt in draft.doubts:
            self.stdout.write(f"{doubt}")

    def _say(self, name: str, lines: list[Line]) -> None:
        self.stdout.write(self.style.SUCCESS(f"{name}/ is written. Begin with {name}/declarations.py."))
        for line in lines:
            place = line.path.relative_to(settings.BASE_DIR)
            self.stdout.write(f"{place}, line {line.number}, is new: {line.text.strip()}")
        steps = [(command.format(name=name), why.format(address=_address_of(name))) for command, why in NEXT]
        width = max(len(command) for command, _why in steps)
        self.stdout.write("Next:")
        for command, why in steps:
            self.stdout.write(f"  {command:<{width}}  # {why}")


def _address_of(name: str) -> str:
    if settings.PORT == "0":  # the system chooses one
        return f"/{name}/ at the address that it says"
    return f"http://{settings.HOST}:{settings.PORT}/{name}/"
