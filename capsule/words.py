"""What a person reads: a plain string, or a lazy one that is translated when it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["Words", "counted"]

if TYPE_CHECKING:
    Words = StrOrPromise  # what Django's own arguments take; the package is not there when the site runs
else:
    Words = str | Promise


def counted(number: int, one: str, many: str = "") -> str:
    """So many of something, for whoever reads a terminal; what a browser shows is ``ngettext``'s.

    Example: ``counted(1, "line") == "1 line"``, ``counted(1200, "entry", "entries") == "1,200 entries"``
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
