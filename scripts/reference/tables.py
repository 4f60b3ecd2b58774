"""What the reference says that stands in no docstring: types, operators, settings, commands, tags."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand

from collections_app.columns.base import EQUALITY, RANGES, TEXTS, column_types
from collections_app.declarations import COLUMN_TYPES
from collections_app.queries.lookups import LOOKUPS
from collections_app.queries.mongo import GROUPS, LEGAL
from collections_app.updates.parsing import OPERATORS as UPDATES
from collections_app.updates.parsing import PUSH_MODIFIERS
from pages.templatetags.capsule import register
from scripts.reference.environment import Told, meanings, told
from scripts.reference.prose import cell, docstring_of, first_line, markdown

ROOT: Final = Path(__file__).resolve().parents[2]
HEADS: Final = {
    "columns.md": ("Column types", "what `Column(type=...)` may be, and which lookups each takes"),
    "queries.md": ("Operators and lookups", "of filters and of updates"),
    "configuration.md": ("Configuration", "each variable of the environment, each setting of the project"),
    "commands.md": ("Commands", "of `manage.py`, with their options"),
    "tags.md": ("Template tags", "`{% load capsule %}`"),
}
APPS: Final = (
    "accounts", "capsule_site", "collections_app", "conversations", "declared", "settings_app",
)  # fmt: skip


def table(head: str, rows: list[str]) -> str:
    """A table of Markdown: its head and its rows, each with cells between bars."""
    return "\n".join([f"| {head} |", f"|{'---|' * (head.count(' | ') + 1)}", *(f"| {row} |" for row in rows)])


def _titled(name: str, *parts: str) -> str:
    title, words = HEADS[name]
    return "\n\n".join([f"# {title}", f"{words[0].upper()}{words[1:]}.", *parts])


# Column types -------------------------------------------------------------------------------------------


def columns_page() -> str:
    """What each type is, and what one may ask of it."""
    rows = [_type_row(name) for name in COLUMN_TYPES]
    head = "type | | stored as | sorts | options | lookups offered to people and programs"
    groups = [
        f"- equality: {_codes(EQUALITY)}",
        f"- range: {_codes(RANGES)}",
        f"- text: {_codes(TEXTS)}",
    ]
    return _titled(
        "columns.md",
        "The guide is [columns.md](../columns.md): what each lets in, its formats, a type of your own. "
        "Python may use every lookup on every column.",
        table(head, rows),
        "\n".join(groups),
    )


def _type_row(name: str) -> str:
    kind = column_types.get(name)
    cells = [
        f"`{name}`",
        first_line(docstring_of(type(kind))),
        f"`{kind.storage}`" if kind.storage != "none" else "nothing to ask for",
        "yes" if kind.sortable else "no",
        "yes" if kind.takes_options else "no",
        _lookups(kind.operators),
    ]
    return " | ".join(cells)


def _lookups(operators: Any) -> str:
    rest = list(operators)
    words = []
    for group, names in (("equality", EQUALITY), ("range", RANGES), ("text", TEXTS)):
        if set(names) <= set(rest):
            words.append(group)
            rest = [one for one in rest if one not in names]
    return ", ".join([*words, *(f"`{one}`" for one in rest)]) or "none"


def _codes(names: Any) -> str:
    return " ".join(f"`{name}`" for name in names)


# Operators ----------------------------------------------------------------------------------------------


def queries_page() -> str:
    """Which operators and lookups there are."""
    return _titled(
        "queries.md",
        "What each means: [filters](../collections.md#filters), [updates](../collections.md#updates), [where "
        "we differ from MongoDB](../collections.md#where-we-differ-from-mongodb).",
        "## Filters",
        'In a document, `find({"priority": {"$gte": 3}})`, `matching(...)`, `?filter=`:',
        _codes(LEGAL),
        f"Around documents: {_codes(GROUPS)}",
        "## Lookups",
        "`filter(priority__gte=3)`, and within `Q(...)`; keys of objects are joined by `__` too:",
        _codes(f"__{name}" for name in LOOKUPS),
        "## Updates",
        'Plain keys are a `$set`; or `update_one({...}, {"$inc": {"n": 1}})`:',
        _codes(UPDATES),
        f"Within `$push` and `$addToSet`: {_codes(PUSH_MODIFIERS)} (`$addToSet` takes `$each` alone)",
    )


# Configuration ------------------------------------------------------------------------------------------


def configuration_page() -> str:
    """Every variable of the environment, and every setting of ours, with its default as the file has it."""
    variables, settings = told()
    return _titled(
        "configuration.md",
        "As `capsule_site/settings.py` reads and sets them, and in the words of the guide, "
        "[configuration.md](../configuration.md).",
        "## Environment",
        table("variable | default in the source | ", [_told_row(one, meanings()) for one in variables]),
        "## Settings",
        "They stand in the settings file, and are changed there.",
        table("setting | value | ", [_told_row(one, meanings(with_default=True)) for one in settings]),
    )


def _told_row(one: Told, said: dict[str, str]) -> str:
    words = said.get(one.name, "")
    return f"`{one.name}` | {f'`{cell(one.value)}`' if one.value else 'none'} | {words}"


# Commands -----------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, BaseCommand]]:
    """The commands of the house by name."""
    for app in APPS:
        for path in sorted((ROOT / app / "management" / "commands").glob("[a-z]*.py")):
            module = import_module(f"{app}.management.commands.{path.stem}")
            yield path.stem, module.Command()


def commands_page() -> str:
    """Each command: what it does, its arguments."""
    parts = [_command(name, command) for name, command in sorted(commands(), key=lambda one: one[0])]
    return _titled(
        "commands.md", "Each takes Django's own options too (`--settings`, `--verbosity`, ...).", *parts
    )


def _command(name: str, command: BaseCommand) -> str:
    parser = command.create_parser("manage.py", name)
    own = docstring_of(type(command)) if name in OF_DJANGO else ""
    words = markdown(own) if own else " ".join(str(command.help).split())
    return "\n\n".join(part for part in (f"## {name}", words, *_arguments(parser, "")) if part)


def _arguments(parser: argparse.ArgumentParser, said: str) -> Iterator[str]:
    own = [one for one in parser._actions if not _is_djangos(one)]
    rows = [_argument_row(one) for one in own if not isinstance(one, argparse._SubParsersAction)]
    if said:
        yield said
    if rows:
        yield table("argument | ", rows)
    for one in own:
        if isinstance(one, argparse._SubParsersAction):
            words = {choice.dest: choice.help or "" for choice in one._choices_actions}
            for name, inner in one.choices.items():
                yield from _arguments(inner, f"### {parser.prog.split()[-1]} {name}\n\n{words.get(name, '')}")


OF_DJANGO: Final = ("flush", "remove_stale_contenttypes")  # ours in what they do besides
DJANGOS: Final = {
    "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
    "help",
}  # fmt: skip


def _is_djangos(action: argparse.Action) -> bool:
    return action.dest in DJANGOS


def _argument_row(action: argparse.Action) -> str:
    value = _value_of(action)
    names = [f"{name} {value}".strip() for name in action.option_strings] or [value]
    choices = f" One of {_codes(action.choices)}." if action.choices else ""
    words = " ".join(str(action.help or "").split())
    return f"{', '.join(f'`{name}`' for name in names)} | {cell(words + choices)}"


def _value_of(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    names = action.metavar or action.dest.upper()
    name = " ".join(names) if isinstance(names, tuple) else names
    if action.nargs == "?":
        return f"[{name}]"
    return f"[{name} ...]" if action.nargs == "*" else name


# Tags ---------------------------------------------------------------------------------------------------


def tags_page() -> str:
    """Each tag and filter of the house."""
    tags = [_tag(name, function, "tag") for name, function in sorted(register.tags.items())]
    filters = [_tag(name, function, "filter") for name, function in sorted(register.filters.items())]
    return _titled(
        "tags.md",
        "The guide is [pages.md](../pages.md#in-your-own-templates). The tags of widgets take what the "
        "widget of `ui` takes, by the same names: [widgets.md](widgets.md).",
        *tags,
        "## Filters",
        *filters,
    )


def _tag(name: str, function: Callable[..., Any], kind: str) -> str:
    level = "##" if kind == "tag" else "###"
    return f"{level} {name}\n\n{markdown(docstring_of(inspect.unwrap(function)))}"
