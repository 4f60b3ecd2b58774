"""What a file column takes: how large, and of which types. Told to people before they choose a file."""

from __future__ import annotations

import re

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from capsule.registry import did_you_mean
from collections_app.declarations import Column
from collections_app.files.sniffing import KNOWN_TYPES

__all__ = ["accept_of", "accepts", "limit_of", "limits_in_words", "problem_with_limits", "size_in_words"]

_SIZE = re.compile(r"(\d{1,6}) ?(kB|MB|GB)")
_UNITS = {"kB": 1024, "MB": 1024**2, "GB": 1024**3}
# What a browser's dialog goes by: there a type alone leaves some of its files out.
_ENDINGS = {"text/plain": ".txt,.csv,.md,.log,.json", "application/zip": ".zip"}


def limit_of(column: Column) -> int:
    """The bytes that a file of the column may have: its ``format``, else ``CAPSULE_FILE_SIZE_LIMIT``.

    Example: ``limit_of(Column("contract", type="file", format="10 MB")) == 10 * 1024 * 1024``
    """
    found = _SIZE.fullmatch(column.format or "")
    return int(found[1]) * _UNITS[found[2]] if found else int(settings.CAPSULE_FILE_SIZE_LIMIT)


def accepts(column: Column, kind: str) -> bool:
    """Whether the column takes files of a type; without ``options`` it takes any.

    Example: ``accepts(Column("photo", type="file", options=["image/*"]), "image/png")``
    """
    if column.options is None:
        return True
    return any(kind == option or _is_family(str(option), kind) for option in column.options)


def _is_family(option: str, kind: str) -> bool:
    # A drawing that can run scripts is no picture, and a page no text, unless it is asked for by its name.
    is_active = kind in ("image/svg+xml", "text/html", "text/xml")
    return option.endswith("/*") and kind.startswith(option[:-1]) and not is_active


def accept_of(column: Column) -> str:
    """The column's types as an input's ``accept`` says them; empty for any."""
    options = [str(option) for option in column.options or ()]
    return ",".join([*options, *(_ENDINGS[option] for option in options if option in _ENDINGS)])


def size_in_words(size: int) -> str:
    """A size for people.

    Example: ``size_in_words(2048) == "2.0 KB"``, with a space that does not break
    """
    return str(filesizeformat(size))


def limits_in_words(column: Column) -> str:
    """What may be chosen, in a sentence."""
    size = size_in_words(limit_of(column))
    if column.options is None:
        return _("At most %(size)s.") % {"size": size}
    types = ", ".join(_type_in_words(str(option)) for option in column.options)
    return _("%(types)s, at most %(size)s.") % {"types": types, "size": size}


def _type_in_words(option: str) -> str:
    families = {
        "image/*": _("Images"), "audio/*": _("Audio"), "video/*": _("Video"), "text/*": _("Text"),
        "text/plain": _("Text"),
    }  # fmt: skip
    return families.get(option) or option.rpartition("/")[2].rpartition(".")[2].upper()


def problem_with_limits(column: Column) -> str | None:
    """What is wrong with a column's ``format`` or ``options``, in a sentence for the developer."""
    if column.format is not None and not (_SIZE.fullmatch(column.format) and limit_of(column)):
        return f"format={column.format!r} is no size such as '500 kB', '10 MB' or '1 GB'."
    families = {f"{kind.partition('/')[0]}/*" for kind in KNOWN_TYPES}
    for option in column.options or ():
        if option not in KNOWN_TYPES and option not in families:
            hint = did_you_mean(str(option), sorted(KNOWN_TYPES | families))
            return f"{option!r} is no type that is told from a file's content. {hint}"
    return None
