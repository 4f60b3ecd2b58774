"""Which files of the project have changed: by looking at all of them, a few times a second.

Looking costs the same on every system and file system, and a thousand files take a hundredth of a second.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Final

from capsule.places import OF_THE_HOUSE
from capsule_site.dev.state import Kind

__all__ = ["Watcher", "is_unread", "kind_of"]

Stamp = tuple[int, int, int]  # time, size and inode: editors write over a file, or put another in its place

# Folders in which nothing is that the site is made of.
PASSED_OVER: Final = frozenset({"__pycache__", "node_modules", "tests"})
# Folders of an app, and files, that are read when a command or a test runs, and not by the site.
READ_LATER: Final = frozenset({"management", "migrations", "scripts"})
OF_TESTS: Final = ("test_*.py", "tests.py", "conftest.py")
LOOKED_AT: Final = (".py", ".html", ".txt", ".css", ".js", ".svg", ".png", ".webp", ".woff2", ".mo")


class Watcher:
    """The files below a folder, without those in ``leaving_out``.

    Example::

        watcher = Watcher(Path.cwd(), leaving_out=[Path("var")])
        ...
        for path in watcher.changed(): ...
    """

    def __init__(self, root: Path, leaving_out: Iterable[Path] = ()) -> None:
        self.root = root
        self.leaving_out = {str(path) for path in leaving_out}
        self.stamps = self._look()

    def changed(self) -> set[Path]:
        """What was written, made or taken away since the last time."""
        before, self.stamps = self.stamps, self._look()
        names = before.keys() | self.stamps.keys()
        return {Path(name) for name in names if before.get(name) != self.stamps.get(name)}

    def _look(self) -> dict[str, Stamp]:
        return dict(self._files(str(self.root)))

    def _files(self, folder: str) -> Iterator[tuple[str, Stamp]]:
        try:
            entries = list(os.scandir(folder))
        except OSError:  # taken away meanwhile
            return
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            return  # somebody's virtual environment
        for entry in entries:
            if entry.name.startswith(".") or entry.name in PASSED_OVER or entry.path in self.leaving_out:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    yield from self._files(entry.path)
                elif entry.name.endswith(LOOKED_AT):
                    status = entry.stat()
                    yield entry.path, (status.st_mtime_ns, status.st_size, status.st_ino)
            except OSError:
                continue


def kind_of(path: Path, root: Path) -> Kind | None:
    """What a change of this file means for the site; ``None`` where it means nothing.

    Example: ``kind_of(Path("/site/desk/static/desk.css"), Path("/site")) == "style"``
    """
    folders = path.relative_to(root).parts[:-1]
    if path.suffix in (".py", ".mo"):
        return "build"
    if "static" in folders:
        return "style" if path.suffix == ".css" else "script"
    if "templates" in folders:
        # The house's own are drawn once and kept here and there: for these the site starts anew.
        return "build" if folders[0] == "templates" else "page"
    return None


def is_unread(path: Path, root: Path, loaded: Container[str]) -> bool:
    """Whether a file of an app was not read by a site that has loaded these: nothing imports it.

    Example: ``is_unread(Path("/site/desk/wizards.py"), Path("/site"), {"/site/desk/__init__.py"})``
    """
    package, *others = path.relative_to(root).parts
    return (
        path.suffix == ".py"
        and package not in OF_THE_HOUSE
        and str(root / package / "__init__.py") in loaded
        and str(path) not in loaded
        and READ_LATER.isdisjoint(others)
        and not any(path.match(pattern) for pattern in OF_TESTS)
        and path.exists()
    )
