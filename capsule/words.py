"""What a person reads: a plain string, or a lazy one that is translated when it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["Words"]

if TYPE_CHECKING:
    Words = StrOrPromise  # what Django's own arguments take; the package is not there when the site runs
else:
    Words = str | Promise
