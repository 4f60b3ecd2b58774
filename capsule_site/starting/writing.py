"""The files of a new application and its lines in the site: all of it, or nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from errno import EEXIST
from pathlib import Path
from string import Template
from typing import Final

__all__ = ["Line", "NoPlace", "begin_application", "title_of"]

FILES: Final = Path(__file__).resolve().parent / "application"
FILES_OF_RECORDS: Final = FILES.with_name("application_of_records")
ENDING: Final = "-tpl"  # so that nobody takes them for modules, and no tool for Python
IMPORTS: Final = (  # of its tests: those of the application stand among them, as a linter sorts
    "from accounts.models import User",
    "from capsule_testing import as_user, assert_only_visible_to, page",
)
MARK: Final = "`manage.py startcapsule` adds its line above this one."


class NoPlace(Exception):
    """A file of the site has no place for the line. The sentence says what to do."""


@dataclass(frozen=True)
class Line:
    """A line that was added to a file of the site."""

    path: Path
    number: int
    text: str


def begin_application(name: str, folder: Path, records: Mapping[str, str] | None = None) -> list[Line]:
    """Write the application into ``folder`` and its lines into the site's settings and addresses.

    With ``records``, which ``words_of`` makes of a file, it is a table of them, else one of tasks. Returns
    these lines. Raises ``NoPlace`` where a file has lost its mark, and ``OSError`` where the folder has come
    meanwhile or nothing can be written: then all is as it was before.

    Example: ``begin_application("desk", settings.BASE_DIR)`` makes ``desk/``.
    """
    with _alone(folder), ExitStack() as undo:
        lines = [
            _line_for(folder / "capsule_site/settings.py", f'    "{name}",'),
            _line_for(folder / "capsule_site/urls.py", f'        path("", include("{name}.urls")),'),
        ]
        draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
        undo.callback(shutil.rmtree, draft, ignore_errors=True)
        _write_files(draft, name, records)
        # The folder first: whatever ends this in between leaves a site that starts.
        os.rename(draft, _free(folder / name))
        undo.callback(shutil.rmtree, folder / name)
        for line in lines:
            before = line.path.read_text()
            undo.callback(_replace, line.path, before)
            _replace(line.path, _with(line, before))
        undo.pop_all()
        return lines


def title_of(name: str) -> str:
    """How people read it: ``spare_parts`` is *Spare parts*."""
    return name.replace("_", " ").capitalize()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time: of two that read the settings together, the later would forget the earlier's line."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _line_for(path: Path, text: str) -> Line:
    lines = path.read_text().splitlines()
    number = next((number for number, line in enumerate(lines, 1) if line.endswith(MARK)), 0)
    if not number:
        raise NoPlace(
            f"{path} has no line that ends with {MARK!r}, so its place is not known. Put such a comment back "
            "where your applications belong."
        )
    return Line(path, number, text)


def _with(line: Line, text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: line.number - 1], f"{line.text}\n", *lines[line.number - 1 :]])


def _write_files(draft: Path, name: str, records: Mapping[str, str] | None) -> None:
    what = "tasks" if records is None else "records"
    imports = sorted([f"from {name}.declarations import {what}", *IMPORTS])
    words = {"name": name, "title": title_of(name), "imports": "\n".join(imports), **(records or {})}
    files = FILES if records is None else FILES_OF_RECORDS
    for source in sorted(files.rglob(f"*{ENDING}")):
        place = str(source.relative_to(files)).removesuffix(ENDING).replace("NAME", name)
        path = draft / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(source.read_text()).substitute(words))
    draft.chmod(0o755)  # as a folder that one makes oneself: mkdtemp's is for one person alone


def _free(place: Path) -> Path:
    if place.exists():
        raise FileExistsError(EEXIST, "it has come meanwhile", str(place))
    return place


def _replace(path: Path, text: str) -> None:
    """Whoever reads the file finds the old text or the new one, never a part. Its mode stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text)
        shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
