"""What an application of a file's records is written with: its declaration, and how they are loaded."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from capsule_site.starting.writing import title_of
from collections_app.drafting import Draft

__all__ = ["words_of"]

LONGEST: Final = 50  # letters of a path that stands in a line of the application


def words_of(draft: Draft, name: str, file: Path) -> dict[str, str]:
    """What ``begin_application`` fills in for the records of ``file``, and as ``load`` the whole command.

    Example: ``words_of(draft_of(path), "lending", path)["load"]``
    """
    lines = draft.lines(name, "records", label=title_of(name), icon="table")
    command = f".venv/bin/python manage.py load_documents {name}"
    given = f"{draft.options} --as you@example.com".strip()
    required = next((column.key for column in draft.columns if column.required), "")
    return {
        "names": "Column, collection" if "Column(" in lines else "collection",
        "declaration": lines,
        "load": f"{command} {shlex.quote(str(file))} {given}",
        "load_lines": f"#   {command} {_fit(file)} \\\n#     {given}",
        "example": f'{{"{required}": "Example"}}' if required else "{}",
    }


def _fit(file: Path) -> str:
    """The path as a comment may have it."""
    path = shlex.quote(str(file))
    return path if len(path) <= LONGEST and path.isprintable() else "FILE"
