"""What the settings file reads from the environment, and what it sets: read from its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).resolve().parents[2] / "capsule_site" / "settings.py"
GUIDE: Final = FILE.parents[1] / "docs" / "configuration.md"
ROW: Final = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<default>.*?) \| (?P<words>.*) \|$")
OWN: Final = ("CAPSULE_DEV", "CAPSULE_SERVING")  # said by `make dev` and by `serve`, and by nobody else
READERS: Final = ("env", "_flag")
# Django's own that are set to what this project promises.
NAMED: Final = (
    "DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "DATA_UPLOAD_MAX_NUMBER_FILES",
)  # fmt: skip


class Told(NamedTuple):
    """A variable or a setting: its name, and its default as the source writes it."""

    name: str
    value: str


def told() -> tuple[list[Told], list[Told]]:
    """The variables, in the order of the alphabet, and the settings that the environment does not give."""
    tree = ast.parse(FILE.read_text())
    variables: dict[str, Told] = {}
    for node in ast.walk(tree):
        if name := _variable(node):
            assert isinstance(node, ast.Call)
            value = next((ast.unparse(one.value) for one in node.keywords if one.arg == "default"), "")
            variables.setdefault(name, Told(name, _plain(value)))
    settings = [Told(name, _plain(ast.unparse(value))) for name, value in _set(tree) if name not in variables]
    return sorted(one for one in variables.values() if one.name not in OWN), settings


def meanings(with_default: bool = False) -> dict[str, str]:
    """What ``docs/configuration.md`` says of each, as a cell of a table in the folder below it."""
    rows = [ROW.match(line) for line in GUIDE.read_text().splitlines()]
    return {
        row["name"]: _from_below(_with_unit(row) if with_default else row["words"])
        for row in rows
        if row is not None
    }


def _with_unit(row: re.Match[str]) -> str:
    """What it means, after the value as people say it; a bare number stands in the source as it is."""
    is_said = re.search(r"[a-z]", row["default"])
    return f"{row['default']}: {row['words']}" if is_said else row["words"]


def _from_below(words: str) -> str:
    """Words whose links lead from ``docs/reference/``."""
    return re.sub(r"\]\((?!https?:)", "](../", words.replace("](#", f"]({GUIDE.name}#"))


def _variable(node: ast.AST) -> str:
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return ""
    called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    is_reading = isinstance(called, ast.Name) and called.id in READERS
    return str(node.args[0].value) if is_reading else ""


def _set(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """The names of ours that the file gives a plain value, in its order."""
    found = []
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Name):
            name = target.id
            if (name.startswith("CAPSULE_") or name in NAMED) and _is_plain(node.value):
                found.append((name, node.value))
    return found


def _is_plain(value: ast.expr) -> bool:
    """Whether it is a number: what else the file sets follows from the environment."""
    return all(isinstance(one, (ast.Constant, ast.BinOp, ast.operator)) for one in ast.walk(value))


def _plain(value: str) -> str:
    return re.sub(r"^''$|^\[\]$|^\"\"$", "", value).strip("'")
