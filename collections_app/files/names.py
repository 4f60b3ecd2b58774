"""What a file is called, made fit to be shown: never a place in any folder."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["NAME_LIMIT", "clean_name"]

NAME_LIMIT = 255  # characters
_LOOKED_AT = 2048  # of a longer name only its end is read
# Besides what Unicode calls a control: marks that turn the direction of what follows ("exe.pdf" for
# "fdp.exe"), and characters of no width, behind which the rest of a name hides.
_HIDDEN = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
                     "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]")  # fmt: skip


def clean_name(name: object, fallback: str = "file") -> str:
    """The last part of a path, without controls and marks that are not seen, at most 255 characters.

    The ending survives where a name is cut.

    Example: ``clean_name("C:\\\\docs\\\\lease\\r\\n.pdf") == "lease.pdf"``
    """
    text = str(name or "")[-_LOOKED_AT:]
    last = re.split(r"[/\\]", text)[-1]
    seen = "".join(character for character in _HIDDEN.sub("", last) if not _is_control(character))
    words = " ".join(unicodedata.normalize("NFC", seen).split()).strip(". ")
    return _cut(words) or fallback


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Cn", "Co")


def _cut(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 16:
        return name[:NAME_LIMIT]
    return f"{stem[: NAME_LIMIT - len(ending) - 1]}.{ending}"
