"""The types that signatures name and nothing exports: what each stands for, as its module has it."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Final

# What signatures call it, whose it is where several are called alike, and where it stands.
ALIASES: Final = (
    ("Access", "", "capsule.access"),
    ("AccessWord", "", "capsule.access"),
    ("Aggregate", "", "pages.ui.measures"),
    ("Cell", "of a column", "collections_app.columns.base"),
    ("Channel", "", "conversations.messages"),
    ("ChartType", "", "handlers.charts.kinds"),
    ("ChatMode", "", "pages.ui.chat"),
    ("ChatScope", "", "conversations.seats"),
    ("Children", "", "pages.ui.layout"),
    ("Document", "", "collections_app.handle"),
    ("Editable", "", "collections_app.declarations"),
    ("Edits", "", "collections_app.editing"),
    ("Filter", "", "collections_app.handle"),
    ("Format", "", "capsule.formats.numbers"),
    ("Given", "of `ui.Form`", "pages.forms.choosing"),
    ("GivenStep", "", "pages.wizards.path"),
    ("Good", "", "handlers.metrics"),
    ("GroupBy", "", "collections_app.aggregates.measures"),
    ("Kind", "of a `Topic`", "live.topics"),
    ("Label", "", "pages.declarations"),
    ("Layer", "", "settings_app.layers"),
    ("Number", "", "capsule.formats.numbers"),
    ("RowCell", "", "collections_app.columns.base"),
    ("RowLinkWanted", "", "collections_app.tables.wanted"),
    ("Rows", "of `ui.Metric`", "pages.ui.metric"),
    ("Scope", "", "capsule.scopes"),
    ("Source", "of `coming_from`", "capsule.sources"),
    ("Source", "of `ui.Chart`", "pages.ui.chart"),
    ("Source", "of `ui.Metric`", "pages.ui.metric"),
    ("Source", "of `ui.Table`", "pages.ui.table"),
    ("Words", "", "capsule.words"),
    ("Y", "", "pages.ui.charted"),
)


def aliases() -> list[tuple[str, str, str, str]]:
    """Of each its name, whose it is, what it stands for, and its module."""
    return [(name, whose, _value(name, module), module) for name, whose, module in ALIASES]


def _value(name: str, module: str) -> str:
    """What its module gives it. Raises ``LookupError`` where it is not there any more."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"There is no module {module}.")
    # The last one: before it may stand what is for type checkers alone.
    found = [
        node.value
        for node in ast.walk(ast.parse(Path(spec.origin).read_text()))
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == name for one in node.targets)
    ]
    if not found:
        raise LookupError(f"{module} has no {name}.")
    return ast.unparse(found[-1])
