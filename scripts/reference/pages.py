"""The pages of the reference: which has what, and how an entry is written."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from typing import Any, Final

from django.db.models import Model

from scripts.reference import tables
from scripts.reference.aliases import aliases
from scripts.reference.prose import cell, docstring_of, first_line, markdown
from scripts.reference.public import (
    PAGES,
    Member,
    Shown,
    fields_of,
    is_error,
    is_made_by_applications,
    members_of,
)
from scripts.reference.signatures import annotation, signature_of

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "reference"
MADE: Final = "<!-- Written by `make reference` from the code; what is changed here is lost. -->"

HEADS: Final = {
    "identity.md": ("Identity, people and errors", "../choosing.md", "who acts, what everything may raise"),
    "collections.md": ("Collections", "../collections.md", "durable documents, rows, queries, results"),
    "handlers.md": ("Data handlers and actions", "../handlers.md", "what is computed, and what is done"),
    "settings.md": ("Settings", "../settings.md", "scoped, typed values"),
    "conversations.md": ("Conversations", "../conversations.md", "who answers, and `session.data`"),
    "pages.md": ("Pages", "../pages.md", "functions of the request that return widgets"),
    "widgets.md": ("Widgets", "../pages.md#widgets", "`from pages import ui`"),
    "live.md": ("Live", "../live.md", "what changed, and who should look again"),
    "testing.md": ("Testing", "../testing.md", "what an application is tested with"),
}


def written_pages() -> dict[str, str]:
    """Every page by the name of its file."""
    pages = {name: _page(name) for name in PAGES} | {name: make() for name, make in TABLES.items()}
    texts = {name: f"{MADE}\n\n{text.rstrip()}\n" for name, text in pages.items()}
    return {"README.md": f"{MADE}\n\n{_index().rstrip()}\n"} | texts


def _page(name: str) -> str:
    title, guide, words = HEADS[name]
    file = guide.split("#")[0].removeprefix("../")
    listed = [
        f"[`{one.name}`](#{anchor}) | {first_line(docstring_of(one.thing))}" for one, anchor in anchored(name)
    ]
    said = f"{words[0].upper()}{words[1:]}. The guide is [{file}]({guide})."
    parts = [f"# {title}", said, tables.table("name | ", listed)]
    return "\n\n".join([*parts, *(entry(one) for one, _anchor in anchored(name))])


def anchored(name: str) -> list[tuple[Shown, str]]:
    """The names of a page with the addresses of their headings; GitHub calls a second one ``-1``."""
    taken: set[str] = set()
    found = []
    for source in PAGES[name]:
        for one in source.shown:
            slug = one.name.lower()
            found.append((one, slug if slug not in taken else f"{slug}-1"))
            taken.add(slug)
    return found


def entry(one: Shown) -> str:
    """A public name: how it is imported and called, what its docstring says, its members."""
    parts = [f"## {one.name}", f"```python\n{_head(one)}\n```", markdown(docstring_of(one.thing))]
    if is_error(one.thing) and (place := getattr(one.thing, "anchor", "")):
        parts.append(f"What raises it, and what mends it: [errors.md](../errors.md#{place}).")
    if isinstance(one.thing, type):
        if issubclass(one.thing, Model):
            parts.append(_columns(one.thing))
        if issubclass(one.thing, Enum):
            parts.append(", ".join(f"`{value.name}`" for value in one.thing))
        parts += [_member(member, one.name) for member in members_of(one.thing)]
    return "\n\n".join(part for part in parts if part)


def _head(one: Shown) -> str:
    imported = "from pages import ui" if one.module == "pages.ui" else one.imported
    return f"{imported}\n\n{_called(one)}"


def _called(one: Shown) -> str:
    thing = one.thing
    if not callable(thing):
        return f"{one.name}: {type(thing).__name__}"
    if not isinstance(thing, type):
        prefix = "async def " if inspect.iscoroutinefunction(thing) else "def "
        return signature_of(thing, one.name, prefix=prefix)
    if is_error(thing):
        bases = [base.__name__ for base in thing.__bases__ if base.__name__ != "CapsuleError"]
        made = f"({', '.join(bases or ['Exception'])})"
        return f"class {one.name}{made}"
    if not is_made_by_applications(one):
        return "\n".join([f"class {one.name}", *(f"    {name}: {kind}" for name, kind in fields_of(one))])
    name = f"ui.{one.name}" if one.module == "pages.ui" else one.name
    return signature_of(thing, name).split(" -> ")[0]


def _columns(model: type[Model]) -> str:
    rows = [
        f"| `{field.name}` | {type(field).__name__} |"
        for field in model._meta.concrete_fields
        if field.name != "password"
    ]
    return "\n".join(["| field | |", "|---|---|", *rows])


def _member(member: Member, owner: str) -> str:
    heading = f"### {owner}.{member.name}"
    if member.is_property:
        kind = annotation(inspect.signature(member.function).return_annotation)
        shown = f"{member.name}: {kind}" if kind else member.name
    else:
        prefix = "async " if _is_async(member.function) else ""
        shown = signature_of(member.function, member.name, prefix=prefix, without_self=True)
    twin = f"In async code `await {_twin(member.name)}(...)`." if member.has_twin else ""
    said = markdown(docstring_of(member.function))
    return "\n\n".join(part for part in (heading, f"```python\n{shown}\n```", said, twin) if part)


def _twin(name: str) -> str:
    return f"a{name}"


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function)


def _alias_row(name: str, whose: str, value: str, module: str) -> str:
    return f"`{name}` {whose}".rstrip() + f" | `{cell(value)}` | `{module}`"


TABLES: Final = {
    "columns.md": tables.columns_page,
    "queries.md": tables.queries_page,
    "configuration.md": tables.configuration_page,
    "commands.md": tables.commands_page,
    "tags.md": tables.tags_page,
}


def _index() -> str:
    rows = [f"| [{title}]({name}) | {words} |" for name, (title, _guide, words) in HEADS.items()]
    rows += [f"| [{title}]({name}) | {words} |" for name, (title, words) in tables.HEADS.items()]
    names = sorted(
        (one.name, f"[`{one.name}`]({page}#{anchor})", one.module)
        for page in PAGES
        for one, anchor in anchored(page)
    )
    listed = [f"| {link} | `{module}` |" for _name, link, module in names]
    return "\n\n".join([
        "# Reference",
        "Every public name, as the code has it: how it is called, what it means, what it raises, an example. "
        "What it is for, the guides say; [api.md](../api.md) is all of it in one file, and "
        "[errors.md](../errors.md) has each check and each exception.",
        "\n".join(["| page | |", "|---|---|", *rows]),
        "## Names",
        "\n".join(["| name | imported from |", "|---|---|", *listed]),
        "## Types in signatures",
        "What stands in annotations by a name of its own, as its module says it.",
        tables.table("type | stands for | module", [_alias_row(*one) for one in aliases()]),
    ])  # fmt: skip
