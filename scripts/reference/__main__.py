"""Bring ``docs/reference/`` in step with the code: ``make reference``.

Every page is made of the code alone: signatures, docstrings, the parsers of the commands. It exits with 0 and
names the files that it has changed.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
os.environ["CAPSULE_DEMO"] = "0"  # the demo's own is no part of it
django.setup()

from scripts.reference.api import FILE, written_api  # noqa: E402 - it looks at models
from scripts.reference.pages import FOLDER, written_pages  # noqa: E402 - it looks at models


def main() -> int:
    """Write the pages that differ, ``docs/api.md`` too, and take away those that are none any more."""
    pages = written_pages()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in pages:
            path.unlink()
            sys.stdout.write(f"- {path.name}\n")
    for name, text in pages.items():
        path = FOLDER / name
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"~ {path.name}\n")
    if FILE.read_text() != (text := written_api()):
        FILE.write_text(text)
        sys.stdout.write(f"~ {FILE.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
