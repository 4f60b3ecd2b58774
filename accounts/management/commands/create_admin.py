"""Makes the first administrator: ``make admin``."""

from __future__ import annotations

import os
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.backends import refuses_demo
from accounts.fields import AddressField
from accounts.models import User
from accounts.versions import access_changed
from live.changes import changes

__all__ = ["Command"]

PASSWORD_VARIABLE = "CAPSULE_ADMIN_PASSWORD"
IN_SCRIPTS = f"In scripts give --email and the password in {PASSWORD_VARIABLE}."


class Command(BaseCommand):
    help = (
        f"Makes an administrator: asks for an e-mail address and a password. {IN_SCRIPTS} "
        "Somebody who has an account keeps it and its password, and may do everything from now on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first", action="store_true", help="only where there is no administrator yet")
        parser.add_argument("--email", help="the administrator's e-mail address")
        parser.add_argument("--name", default="", help="how they are called")

    def handle(self, *args: Any, email: str | None, name: str, first: bool = False, **options: Any) -> None:
        if first and (there := self._administrator()):
            self.stdout.write(f"{there.email} administers the site already.")
            return
        address = self._clean_address(email) if email else self._asked_address()
        person = User.objects.filter(email=address).first()
        if person is not None:
            self._promote(person)
            return
        person = User(email=address, name=name, is_staff=True, is_superuser=True)
        person.set_password(self._password(person))
        with changes():
            person.save()
        self.stdout.write(self.style.SUCCESS(f"{address} is an administrator and can sign in now."))

    def _administrator(self) -> User | None:
        """Somebody who administers the site, the demo's people apart where they have no way in."""
        found = User.objects.filter(is_superuser=True, is_active=True).order_by("date_joined")
        return next((person for person in found if not refuses_demo(person)), None)

    def _promote(self, person: User) -> None:
        with changes() as change:
            person.is_staff = person.is_superuser = person.is_active = True
            person.save(update_fields=["is_staff", "is_superuser", "is_active"])
            access_changed(change, [person.pk])
        said = (
            f"{person.email} had an account and is an administrator now. The password is the same as before."
        )
        self.stdout.write(self.style.SUCCESS(said))

    def _clean_address(self, email: str) -> str:
        try:
            return str(AddressField().clean(email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

    def _asked_address(self) -> str:
        while True:
            answer = self._answer(input, "E-mail address: ")  # outside the try: breaking off is no bad answer
            try:
                return self._clean_address(answer)
            except CommandError as error:
                self.stderr.write(str(error))

    def _password(self, person: User) -> str:
        given = os.environ.get(PASSWORD_VARIABLE)
        if given is not None:
            if problems := _problems_with(given, person):
                raise CommandError(f"{PASSWORD_VARIABLE}: {problems}")
            return given
        while True:
            password = self._answer(getpass, "Password (at least 12 characters): ")
            problems = _problems_with(password, person)
            if not problems and password != self._answer(getpass, "The same again: "):
                problems = "These were two different passwords."
            if not problems:
                return password
            self.stderr.write(problems)

    def _answer(self, ask: Any, prompt: str) -> str:
        try:
            return str(ask(prompt))
        except (EOFError, KeyboardInterrupt):
            raise CommandError(f"Nothing was made: nobody answered. {IN_SCRIPTS}") from None


def _problems_with(password: str, person: User) -> str:
    try:
        validate_password(password, person)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
