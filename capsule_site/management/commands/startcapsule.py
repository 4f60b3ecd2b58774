"""``manage.py startcapsule NAME``: an application that runs and is tested, to be read from top to bottom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from capsule_site.kept_environment import keep_in_environment
from capsule_site.starting.names import problem_with
from capsule_site.starting.writing import Line, NoPlace, begin_application

__all__ = ["Command"]

NEXT = """\
Next:
  {build:<36}# its page: http://127.0.0.1:8000/{name}/
  {test:<36}# its tests
  make check                          # lint, types and all else that can be known"""


class Command(BaseCommand):
    help = "Writes an application of the four layers into a folder of that name, and installs it."
    requires_system_checks: list[str] = []  # of no concern to a new application

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="what it is called, such as desk")
        parser.add_argument("--without-demo", action="store_true", help="also switch the demo off, for good")

    def handle(self, *args: Any, name: str, without_demo: bool, **options: Any) -> None:
        if problem := problem_with(name, settings.BASE_DIR):
            raise CommandError(problem)
        try:
            lines = begin_application(name, settings.BASE_DIR)
        except NoPlace as error:
            raise CommandError(f"{error} Nothing was written.") from None
        except OSError as error:
            place = error.filename or settings.BASE_DIR
            raise CommandError(
                f"{place} cannot be written: {error.strerror or error}. Nothing was changed. Make the "
                "project's folder writable for you, and try again."
            ) from None
        self._say(name, lines)
        if without_demo:
            self._switch_the_demo_off()

    def _switch_the_demo_off(self) -> None:
        try:
            file = keep_in_environment(settings.CAPSULE_VAR, "CAPSULE_DEMO", "0")
        except (OSError, ImproperlyConfigured) as error:
            raise CommandError(f"The demo is still on: {error}") from None
        self.stdout.write(f"The demo is off from now on: {file} says CAPSULE_DEMO=0.")

    def _say(self, name: str, lines: list[Line]) -> None:
        self.stdout.write(self.style.SUCCESS(f"{name}/ is written. Begin with {name}/declarations.py."))
        for line in lines:
            place = line.path.relative_to(settings.BASE_DIR)
            self.stdout.write(f"{place}, line {line.number}, is new: {line.text.strip()}")
        test = f".venv/bin/python -m pytest {name}"
        self.stdout.write(NEXT.format(name=name, build="make dev", test=test))
