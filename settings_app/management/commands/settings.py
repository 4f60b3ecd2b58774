from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from accounts.models import Organization
from capsule.errors import NotDeclared
from capsule.sources import coming_from
from settings_app.cleaning import clean
from settings_app.configuration import BadFile, Plan, differences, exported, plan_of, take_over, written
from settings_app.declarations import Setting, settings_registry
from settings_app.management.telling import line_of, object_of, past_lines, past_objects, text_of, told
from settings_app.management.whose import USAGE, add_whose, organization_named, whose_of
from settings_app.rotation import new_key, rotate
from settings_app.values import reset_at, write_at

STANDARD = "-"  # standard input, or output


class Command(BaseCommand):
    help = (
        "Read, set and compare settings. Ends with 0, with 1 where a value is refused or a file differs, "
        "with 2 where the command cannot be meant so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")

        def step(name: str, words: str, *, whose: bool = False, as_json: bool = False) -> ArgumentParser:
            one: Any = steps.add_parser(name, help=words, description=words)
            if whose:
                add_whose(one)
            if as_json:
                one.add_argument("--json", action="store_true", help="For programs.")
            return one  # type: ignore[no-any-return]

        step("list", "Every declared setting, its value and where that comes from.", whose=True, as_json=True)
        get = step("get", "One value.", whose=True, as_json=True)
        get.add_argument("--secrets", action="store_true", help="Say a secret as it is.")
        put = step("set", "Set one value.", whose=True)
        reset = step("reset", "Forget what was set.", whose=True)
        history = step("history", "What it was before, the newest first.", whose=True, as_json=True)
        history.add_argument("--limit", type=int, default=20, help="How many changes (20).")
        for one in (get, put, reset, history):
            one.add_argument("name", help="The name of a declared setting.")
        put.add_argument("value", help="As a form takes it: on, off, 7, a text. - reads standard input.")
        export = step("export", "Write what is set for everybody into a file.")
        export.add_argument("file", nargs="?", default=STANDARD, help="Standard output where it is left out.")
        export.add_argument("--organization", action="append", default=[], metavar="WHICH", help="Also its.")
        export.add_argument("--all-organizations", action="store_true", help="Also those of all of them.")
        export.add_argument("--secrets", action="store_true", help="Secrets too, as plain text.")
        bring = step("import", "Take a file over, all or nothing.")
        bring.add_argument("--exact", action="store_true", help="Reset what the file does not name.")
        for one in (bring, step("diff", "Say where a file differs from what is set, and end with 1.")):
            one.add_argument("file", help="What export wrote. - reads standard input.")
        step("new-key", "Make a key for SETTINGS_KEYS.")
        step("rotate", "Encrypt every secret anew with the first of SETTINGS_KEYS.")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        done: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list, "get": self._get, "set": self._set, "reset": self._reset,
            "history": self._history, "export": self._export, "import": self._import, "diff": self._diff,
            "new-key": self._new_key, "rotate": self._rotate,
        }  # fmt: skip
        with coming_from("command"), override(None):
            try:
                done[step](options)
            except ImproperlyConfigured as error:
                raise CommandError(str(error), returncode=USAGE) from None

    # One by one -------------------------------------------------------------------------------------

    def _list(self, options: dict[str, Any]) -> None:
        whose = whose_of(options)
        wanted = [
            (one, whose.places(one))
            for one in settings_registry
            if whose.scope is None or whose.scope in one.layers
        ]
        found = told(wanted)
        if options["json"]:
            self._say_json([object_of(one) for one in found])
        else:
            for one in found:
                self.stdout.write(line_of(one))

    def _get(self, options: dict[str, Any]) -> None:
        setting = _named(options["name"])
        (found,) = told([(setting, whose_of(options).places(setting))])
        if options["json"]:
            self._say_json(object_of(found, secrets=options["secrets"]))
        else:
            self.stdout.write(text_of(setting, found[1], secrets=options["secrets"]))

    def _set(self, options: dict[str, Any]) -> None:
        setting = _named(options["name"])
        layer, scope_key = whose_of(options).place(setting)
        typed = _input().removesuffix("\n") if options["value"] == STANDARD else options["value"]
        try:
            value = clean(setting, setting.kind.parse(typed))
        except ValidationError as error:
            raise CommandError(f"{setting.name}: {' '.join(error.messages)}") from None
        write_at(setting, scope_key, value, by="")
        self.stdout.write(f"{setting.name} = {text_of(setting, value)}  ({layer})")

    def _reset(self, options: dict[str, Any]) -> None:
        setting = _named(options["name"])
        layer, scope_key = whose_of(options).place(setting)
        was_set = reset_at(setting, scope_key, by="") is not None
        self.stdout.write(f"{setting.name} {'is reset' if was_set else 'was not set'}  ({layer})")

    def _history(self, options: dict[str, Any]) -> None:
        setting = _named(options["name"])
        if not 1 <= options["limit"] <= 10_000:
            raise CommandError("--limit is a number from 1 to 10000.", returncode=USAGE)
        found = past_objects(setting, whose_of(options).places(setting), options["limit"])
        if options["json"]:
            self._say_json(found)
        else:
            for line in past_lines(setting, found):
                self.stdout.write(line)

    # A whole file ------------------------------------------------------------------------------------

    def _export(self, options: dict[str, Any]) -> None:
        named = [organization_named(one) for one in options["organization"]]
        organizations = Organization.objects.order_by("slug") if options["all_organizations"] else named
        text = written(exported(organizations, secrets=options["secrets"]))
        if options["file"] == STANDARD:
            self.stdout.write(text, ending="")
            return
        try:
            _write(options["file"], text, is_secret=options["secrets"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error}.", returncode=USAGE) from None

    def _import(self, options: dict[str, Any]) -> None:
        settled = take_over(self._plan(options["file"]), exact=options["exact"])
        for line in settled:
            self.stdout.write(line)
        self.stdout.write(f"{len(settled)} changed.")

    def _diff(self, options: dict[str, Any]) -> None:
        found = differences(self._plan(options["file"]))
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{options['file']} is not what is set.")
        self.stdout.write(f"{options['file']} is what is set.")

    def _plan(self, file: str) -> Plan:
        try:
            content = _input() if file == STANDARD else Path(file).read_bytes()
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} cannot be read: {error}.", returncode=USAGE) from None
        try:
            return plan_of(content)
        except BadFile as error:
            for problem in error.problems:
                self.stderr.write(problem)
            raise CommandError(f"Nothing of {file} was taken: {len(error.problems)} wrong.") from None

    # Keys --------------------------------------------------------------------------------------------

    def _new_key(self, options: dict[str, Any]) -> None:
        self.stdout.write(new_key())

    def _rotate(self, options: dict[str, Any]) -> None:
        done, lost = rotate()
        self.stdout.write(f"{done} encrypted with the first key.")
        for name in lost:
            self.stderr.write(f"{name}: no key of SETTINGS_KEYS decrypts it.")
        if lost:
            raise CommandError(f"{len(lost)} cannot be decrypted, and stay as they are.")

    def _say_json(self, found: Any) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))


def _named(name: str) -> Setting[Any]:
    try:
        return settings_registry.get(name)
    except NotDeclared as error:
        raise CommandError(str(error), returncode=USAGE) from None


def _write(path: str, text: str, *, is_secret: bool) -> None:
    """Write the file; one with secrets is its owner's alone, also where it was another's to read before."""
    mode = 0o600 if is_secret else 0o666
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        if is_secret:
            os.fchmod(file.fileno(), mode)
        file.write(text)


def _input() -> str:
    return sys.stdin.read()
