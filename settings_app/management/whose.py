"""Whose value a command means: of everybody, of an organisation, of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.models import Organization, User
from capsule.registry import the_legal
from capsule.scopes import APP_KEY, Scope, organization_key, user_key
from settings_app.declarations import Setting

__all__ = ["USAGE", "Whose", "add_whose", "organization_named", "whose_of"]

USAGE = 2  # the exit code of what cannot be meant; 1 is for what was refused, or differs


@dataclass(frozen=True, slots=True)
class Whose:
    """The keys that ``--user`` and ``--organization`` give, by layer, and the layer of ``--scope``."""

    keys: dict[Scope, str]
    scope: Scope | None

    def places(self, setting: Setting[Any]) -> list[tuple[Scope, str]]:
        """Where a value that holds for them may stand, the nearest first."""
        if self.scope is not None:
            return [self.place(setting)]
        found: dict[str, Scope] = {}
        for layer in setting.layers:
            if layer in self.keys:
                found.setdefault(self.keys[layer], layer)
        return [(layer, key) for key, layer in found.items()]

    def place(self, setting: Setting[Any]) -> tuple[Scope, str]:
        """The one place that is written. Raises ``CommandError`` where none, or none such, is meant."""
        layer = self.scope or self._nearest(setting)
        if layer not in setting.layers:
            legal = the_legal(layer, setting.layers)
            raise CommandError(f"'{setting.name}' has no value in scope '{layer}'. {legal}", returncode=USAGE)
        if layer == "session":
            raise CommandError("What a conversation has set is not reached from here.", returncode=USAGE)
        if layer == "app" and len(self.keys) > 1:
            raise CommandError(
                f"'{setting.name}' is everybody's there: leave --user and --organization out.",
                returncode=USAGE,
            )
        if layer not in self.keys:
            option = "--user" if layer == "user" else "--organization or --user"
            raise CommandError(
                f"'{setting.name}' has a value for each {layer}: say whose with {option}.", returncode=USAGE
            )
        return layer, self.keys[layer]

    def _nearest(self, setting: Setting[Any]) -> Scope:
        # Who is named says which layer is meant: an organisation its own, a person theirs.
        personal = [layer for layer in setting.layers if layer != "app" and layer in self.keys]
        return personal[0] if personal else setting.scope


def add_whose(parser: CommandParser) -> None:
    """The options that say whose value is meant."""
    parser.add_argument("--scope", choices=["app", "owner", "user"], help="Where the value stands.")
    parser.add_argument("--user", metavar="WHO", help="A person: an e-mail address or an id.")
    parser.add_argument("--organization", metavar="WHICH", help="An organisation: its slug or its id.")


def whose_of(options: dict[str, Any]) -> Whose:
    """What the options mean. Raises ``CommandError`` for who is not there."""
    keys: dict[Scope, str] = {"app": APP_KEY}
    if options["user"]:
        keys["user"] = keys["owner"] = user_key(str(_person(options["user"]).pk))
    if options["organization"]:
        keys["owner"] = organization_key(str(organization_named(options["organization"]).pk))
    return Whose(keys, options["scope"])


def organization_named(given: str) -> Organization:
    """The organisation of that slug or id. Raises ``CommandError``."""
    found = Organization.objects.filter(slug=given).first() if "\0" not in given else None
    id = _uuid(given)
    if found is None and id is not None:
        found = Organization.objects.filter(pk=id).first()
    if found is None:
        raise CommandError(f"No organisation is called {_shown(given)}.", returncode=USAGE)
    return found


def _person(given: str) -> User:
    id = _uuid(given)
    found = User.objects.filter(pk=id).first() if id is not None else None
    if found is None and "\0" not in given:
        found = User.objects.filter(email=User.objects.normalize_email(given)).first()
    if found is None:
        raise CommandError(f"Nobody has the address or id {_shown(given)}.", returncode=USAGE)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(given: str) -> str:
    return repr(given[:80])
