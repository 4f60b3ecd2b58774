"""A copy of the project as it came: the working tree, without the applications of whoever builds on it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from capsule_site.starting.names import OURS
from tests.serving import ROOT

__all__ = ["copy_of_the_house", "is_of_the_house", "text_of_the_house"]

OF_ONES_OWN = {"capsule_site/declarations.py", "capsule_site/handlers.py"}
# What stands between the beginning of the list and the comment of startcapsule.
ADDED = {
    "capsule_site/settings.py": ("    *_house,\n", "    # Your applications stand here"),
    "capsule_site/urls.py": ("    applications += [\n", "        # Those of your applications stand here"),
}


def copy_of_the_house(folder: Path, leaving_out: tuple[str, ...] = ()) -> None:
    """Copy it into ``folder``, where ``.venv`` is this project's."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        if (ROOT / name).is_file() and is_of_the_house(name) and not name.startswith(leaving_out):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in ADDED:
        (folder / name).write_text(text_of_the_house(name))
    (folder / ".venv").symlink_to(ROOT / ".venv")


def is_of_the_house(name: str) -> bool:
    """Whether a file of the tree, by its path from the root, came with the project."""
    package = name.partition("/")[0]
    is_application = (ROOT / package / "__init__.py").is_file() and package not in OURS
    return not is_application and name not in OF_ONES_OWN


def text_of_the_house(name: str) -> str:
    """The site's settings or addresses, without the lines of applications."""
    return _without(*ADDED[name], (ROOT / name).read_text())


def _without(opening: str, closing: str, text: str) -> str:
    before, opened, rest = text.partition(opening)
    _added, closed, after = rest.partition(closing)
    assert opened and closed
    return before + opened + closed + after
