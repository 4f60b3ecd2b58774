"""The parts of ``docs/api.md`` that are made: signatures, commands and errors, between their comments.

``<!-- signatures: pages.ui live.Topic collections_app.Row.* -->`` is followed by those of a whole package, of
one name, of all public members of a class, and ``<!-- end -->``.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from scripts.reference.pages import ROOT
from scripts.reference.prose import cell, docstring_of, first_line
from scripts.reference.public import Member, Shown, all_shown, is_error, members_of
from scripts.reference.signatures import annotation, default
from scripts.reference.tables import OF_DJANGO, commands

FILE: Final = ROOT / "docs" / "api.md"
BLOCK: Final = re.compile(r"(<!-- (\w+)(?::\s*([^>]*?))? -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH: Final = 116
DOT: Final = " · "
CLASS: Final = re.compile(r"[A-Z]\w+: ")


def written_api() -> str:
    """The page as it should be: what is written by hand, with what is made."""
    return BLOCK.sub(lambda found: f"{found[1]}{_made(found[2], found[3] or '')}{found[4]}", FILE.read_text())


def _made(kind: str, names: str) -> str:
    if kind == "signatures":
        return "".join(f"{line}\n" for line in ["```text", *_signatures(names.split()), "```"])
    rows = {"commands": _commands, "errors": _errors}[kind]()
    return "".join(f"{line}\n" for line in rows)


def _signatures(names: list[str]) -> list[str]:
    return _packed([word for name in names for word in _named(name)])


def _named(name: str) -> list[str]:
    """A name, a whole package, ``a.Class.*`` for the members of a class, ``package.**`` for all below it."""
    if name.endswith(".**"):
        below = [one for one in all_shown() if one.module.startswith(name[:-3])]
        called = [_called(one.thing, one.name) for one in below if not isinstance(one.thing, type)]
        return [*called, *(word for one in below for word in _members(one))]
    if name.endswith(".*"):
        return _members(_shown(name[:-2]))
    if package := [one for one in all_shown() if one.module == name]:
        return [_called(one.thing, f"ui.{one.name}" if name == "pages.ui" else one.name) for one in package]
    return [_one(name)]


def _shown(name: str) -> Shown:
    return next(one for one in all_shown() if f"{one.module}.{one.name}" == name)


def _one(name: str) -> str:
    """A public name, or one member of a class."""
    for one in all_shown():
        if f"{one.module}.{one.name}" == name:
            return _called(one.thing, one.name)
        if name.startswith(f"{one.module}.{one.name}.") and isinstance(one.thing, type):
            wanted = name.rpartition(".")[2]
            member = next(found for found in members_of(one.thing) if found.name == wanted)
            return _method(member, f"{one.name}.")
    raise LookupError(f"docs/api.md: there is no public {name}")


def _members(one: Shown) -> list[str]:
    """The members of a class, as one paragraph that begins with its name."""
    found = members_of(one.thing) if isinstance(one.thing, type) else []
    read = [member.name for member in found if member.is_property]
    called = [_method(member, "") for member in found if not member.is_property]
    if not found:
        return []
    first = called.pop(0) if not read else " ".join(read)
    return ["\n".join(_packed([first, *called], begun=f"{one.name}:"))]


def _packed(words: list[str], begun: str = "") -> list[str]:
    """Signatures in as few lines as they need; a class, and what is longer than a line, stands alone."""
    lines = [begun] if begun else []
    is_open = bool(begun)  # whether the last line may go on
    for word in words:
        is_class = bool(CLASS.match(word))
        joined = f"{lines[-1]}{' ' if lines == [begun] else DOT}{word}" if lines else word
        if is_open and not is_class and len(joined) <= WIDTH:
            lines[-1] = joined
            continue
        new = word.splitlines() if is_class else _lines(word)
        is_open = len(new) == 1 and not is_class
        lines += new
    return lines


def _method(member: Member, prefix: str) -> str:
    if member.is_property:
        return f"{prefix}{member.name}"
    is_async = "await " if inspect.iscoroutinefunction(member.function) else ""
    return f"{is_async}{_called(member.function, f'{prefix}{member.name}', without_self=True)}"


def _called(thing: Any, name: str, *, without_self: bool = False) -> str:
    """``name(a, *, b=1) -> str``: without the annotations of parameters, which a class has in the prose."""
    signature = inspect.signature(thing)
    words: list[str] = []
    parameters = [
        one for one in signature.parameters.values() if one.name not in ("self", "cls") or not without_self
    ]
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not any(word.startswith("*") for word in words):
            words.append("*")
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        words.append(
            f"{stars}{one.name}" if one.default is one.empty else f"{one.name}={default(one.default)}"
        )
    kind = "" if isinstance(thing, type) else annotation(signature.return_annotation)
    returned = "" if kind in ("", "None", "Any") else f" -> {kind}"
    return f"{name}({', '.join(words)}){returned}".replace("'", '"')


def _lines(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _commands() -> Iterator[str]:
    yield "| command | |"
    yield "|---|---|"
    for name, command in sorted(commands(), key=lambda one: one[0]):
        if name in OF_DJANGO:
            continue
        yield f"| `{name}` | {cell(' '.join(str(command.help).split()))} |"


def _errors() -> Iterator[str]:
    yield "| error | is a | means |"
    yield "|---|---|---|"
    for one in sorted(all_shown(), key=lambda one: one.name):
        if is_error(one.thing):
            bases = [base.__name__ for base in one.thing.__bases__ if base.__name__ != "CapsuleError"]
            place = getattr(one.thing, "anchor", "")
            name = f"[`{one.name}`](errors.md#{place})" if place else f"`{one.name}`"
            kinds = ", ".join(f"`{base}`" for base in bases)
            yield f"| {name} | {kinds} | {first_line(docstring_of(one.thing))} |"
