"""What the site is told once and keeps: the file ``environment`` in the folder of its data.

A line is ``NAME=value``; an empty one, and one that begins with ``#``, says nothing. The environment wins.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from capsule_site.var import private_folder

__all__ = ["keep_in_environment", "kept_environment"]

FILE: Final = "environment"
_LINE: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def kept_environment(folder: Path) -> dict[str, str]:
    """What the file in ``folder`` says, by name; nothing where there is no file.

    Raises ``ImproperlyConfigured``, with what to do, where a line cannot be read.

    Example: after ``keep_in_environment(folder, "CAPSULE_DEMO", "0")`` it is ``{"CAPSULE_DEMO": "0"}``.
    """
    kept: dict[str, str] = {}
    for number, line in enumerate(_lines(folder / FILE), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            place = f"{folder / FILE}, line {number}"
            raise ImproperlyConfigured(f"{place}: write NAME=value, or # before what is only to be read.")
        kept[found[1]] = found[2]
    return kept


def keep_in_environment(folder: Path, name: str, value: str) -> Path:
    """Say ``name=value`` in the file from now on, in place of what it said of ``name``. All else in it stays.

    Returns the file. Raises ``ImproperlyConfigured`` where the folder cannot be used, and ``OSError``.
    """
    path = private_folder(folder) / FILE
    others = [line for line in _lines(path) if not line.startswith(f"{name}=")]
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{line}\n" for line in (*others, f"{name}={value}"))
    return draft.replace(path)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):  # whoever wants to write there says what is wrong
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}. Mend it, or take it away.") from None
