"""What the command and the page both say."""

from __future__ import annotations

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collections_app.storage.measuring import Measured

__all__ = ["size_in_words"]


def size_in_words(measured: Measured) -> str:
    """How much a collection holds; what is estimated is said to be.

    Example: ``about 63,666 rows, about 41.2 MB``
    """
    if not measured.rows:
        return _("no rows")
    rows = ngettext("%(rows)s row", "%(rows)s rows", measured.rows) % {
        "rows": number_format(measured.rows, use_l10n=True, force_grouping=True)
    }
    size = filesizeformat(measured.size)
    return ", ".join(
        _("about %(measure)s") % {"measure": words} if estimated else words
        for words, estimated in ((rows, measured.rows_estimated), (size, measured.size_estimated))
    )
