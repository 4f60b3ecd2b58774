"""What can go wrong with a document on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capsule.errors import CapsuleError, ChangedMeanwhile

if TYPE_CHECKING:
    from collections_app.changing.columns import Columns
    from collections_app.declarations import Column
    from collections_app.rows import Row

__all__ = [
    "DUMPDATA",
    "BadAggregate",
    "BadCall",
    "BadColumns",
    "BadCursor",
    "BadQuery",
    "BadUpdate",
    "Conflict",
    "Gone",
    "IdTaken",
    "MissingRows",
    "NoFile",
    "NoHistory",
    "NoKey",
    "NotInHistory",
    "NotOne",
    "NotUnique",
    "StaleColumns",
    "TooManyGroups",
    "TooShort",
    "UnknownKey",
    "UnscopedAccess",
    "UnscopedStatement",
]


# What Django moves: people with their rights, what they have set, what was said. See docs/collections.md.
DUMPDATA = "dumpdata --natural-foreign auth.group accounts settings_app conversations"

BESIDE_THE_DOCUMENT = (
    "A row has it beside its document (row.{key}): it is read, and not asked for. "
    'order_by("-_id") has the newest first.'
)


class Conflict(ChangedMeanwhile):
    """Somebody else changed the document since it was read; nothing was written.

    ``current`` is the row as it is now, ``fields`` the keys on which the two differ (none for a strict
    ``version=``, which asks about the whole row).
    """

    anchor = "conflict"
    for_people = False  # a person is shown both values

    def __init__(self, current: Row, fields: Sequence[str] = ()) -> None:
        about = f" in {', '.join(fields)}" if fields else ""
        super().__init__(f"Document {current.id} was changed by somebody else{about}.")
        self.current = current
        self.fields = list(fields)


class StaleColumns(Conflict):
    """Somebody else changed the columns since they were listed; nothing was changed.

    ``columns`` are those now in force, with their ``version``.

    Example::

        try:
            threads.remove_column("effort", version=seen.version)
        except StaleColumns as stale:
            seen = stale.columns
    """

    def __init__(self, collection: str, columns: Columns) -> None:
        CapsuleError.__init__(self, f"The columns of '{collection}' were changed by somebody else.")
        self.columns = columns
        self.fields = []


class NotUnique(CapsuleError, ValidationError):
    """A document would share with another of its scope what is declared unique; nothing was written.

    A ``ValidationError`` by column: ``columns`` are their keys. Of several together, ``together`` is the one
    sentence that a form says, about the whole. Of the other document it says nothing.
    """

    anchor = "notunique"
    for_people = True

    def __init__(self, columns: Sequence[Column]) -> None:
        sentence, self.together = _("Another record has this already."), ""
        if len(columns) > 1:
            titles = ", ".join(column.title for column in columns)
            if not any(column.hidden for column in columns):  # whose name nobody is told
                sentence = _("Another record has these already, together: %(columns)s.") % {"columns": titles}
            self.together = sentence
        self.columns = [column.key for column in columns]
        by_key = {key: [sentence] for key in self.columns}
        ValidationError.__init__(self, by_key or sentence, code="unique")


class MissingRows(CapsuleError, LookupError):
    """Some of the rows that were to be deleted are not there, or not within the scope; nothing was deleted.

    ``ids`` names them.
    """

    anchor = "missingrows"

    def __init__(self, ids: Sequence[str]) -> None:
        shown = ", ".join(id[:64] for id in ids[:5]) + (", ..." if len(ids) > 5 else "")
        super().__init__(f"{len(ids):,} of these documents are not here: {shown}. Nothing was deleted.")
        self.ids = list(ids)


class NoHistory(CapsuleError, ValueError):
    """The history of a collection was asked for that keeps none: it is declared with ``history=False``."""

    anchor = "nohistory"


class NotInHistory(CapsuleError, LookupError):
    """A version, or a deleted document, that the history does not have within the scope, or has no more."""

    anchor = "notinhistory"


class IdTaken(CapsuleError, LookupError):
    """A deleted document was to be brought back, and one of its id is there."""

    anchor = "idtaken"


class UnscopedAccess(CapsuleError, RuntimeError):
    """A document's model was used past its collection, where no scope would apply."""

    anchor = "unscopedaccess"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Documents of '{name}' are reached through their collection, which applies the scope: "
            "use its handle, handle.in_scope_of(identity), or handle.across_scopes() for administration. "
            f"Into a file they go with manage.py dump_documents, and all else with manage.py {DUMPDATA}."
        )


class UnscopedStatement(CapsuleError, RuntimeError):
    """A statement on a collection's table was about to be executed that carries no scope in force."""

    anchor = "unscopedstatement"

    def __init__(self, problem: str, sql: str) -> None:
        super().__init__(
            f"This statement was refused, for {problem}. Documents are reached through their collection, "
            f"which applies the scope; where all rows are meant, through across_scopes(). {sql[:500]}"
        )
        self.sql = sql


class BadCursor(CapsuleError, ValueError):
    """A cursor that is not one of this query: cut, changed, or of another order, filter or identity.

    Begin again with the first page.
    """

    anchor = "badcursor"


class NotOne(CapsuleError, LookupError):
    """``one()`` found no row, or several. ``found`` is 0, or 2 for two or more."""

    anchor = "notone"

    def __init__(self, name: str, found: int) -> None:
        what = "no row matches" if found == 0 else "several rows match"
        super().__init__(f"Of '{name}' exactly one row was wanted, and {what}. first() takes what there is.")
        self.found = found


class TooManyGroups(CapsuleError, ValueError):
    """An aggregate or ``distinct`` would return more groups than it may: nothing is cut off silently."""

    anchor = "toomanygroups"

    def __init__(self, most: int) -> None:
        super().__init__(f"More than {most:,} groups: filter first, or group by something coarser.")


class TooShort(CapsuleError, ValueError):
    """A search in which no word has enough letters for an index to find it."""

    anchor = "tooshort"

    def __init__(self, shortest: int) -> None:
        super().__init__(f"Search for a word of at least {shortest} letters.")


# Wrong arguments: each is a ``ValueError`` and a ``TypeError``, for it may be a value or its kind --------


class BadQuery(CapsuleError, ValueError, TypeError):
    """A filter, a lookup, a search, a sort or a slice that means nothing. Nothing is ignored silently."""

    anchor = "badquery"


class UnknownKey(BadQuery):
    """A key that no column is declared for, that no document has, and that reads like a column.

    Documents may have keys that are not declared, so this is only said where a site is built on or tested:
    with ``DEBUG``, in ``make dev`` and in tests. Elsewhere it is a key that no document happens to have.

    Example: ``threads.filter(priorty=3).count()`` says ``Did you mean 'priority'?``
    """

    anchor = "unknownkey"

    def __init__(self, collection: str, key: str, near: str = "") -> None:
        hint = f"Did you mean {near!r}?" if near else BESIDE_THE_DOCUMENT.format(key=key)
        super().__init__(
            f"No column of '{collection}' is called {key!r}, and none of its newest documents has that key. "
            f"{hint} A key of your own that reads so is declared: Column({key!r}), with hidden=True if no "
            "page is to show it."
        )
        self.key, self.near = key, near


class BadUpdate(CapsuleError, ValueError, TypeError):
    """An update that means nothing, or two things. Nothing was written."""

    anchor = "badupdate"


class BadAggregate(CapsuleError, ValueError, TypeError):
    """A group or a measure that cannot be computed."""

    anchor = "badaggregate"


class BadColumns(CapsuleError, ValueError):
    """Columns that a collection cannot have, or a change of them that would lose values."""

    anchor = "badcolumns"


class BadCall(CapsuleError, ValueError, TypeError):
    """A method of a collection was given an argument that it does not take. Nothing was done."""

    anchor = "badcall"


class Gone(CapsuleError, LookupError):
    """The document of a row was deleted since the row was read."""

    anchor = "gone"


class NoKey(CapsuleError, KeyError):
    """A key of a row that its document does not have, and that no column is declared for.

    Example: ``row["subjekt"]`` says ``Did you mean 'subject'?``
    """

    anchor = "nokey"

    @property
    def sentence(self) -> str:
        return str(self.args[0])  # which a ``KeyError`` would show in quotes


class NoFile(CapsuleError, LookupError):
    """The row holds no file there, or its content is not in the storage."""

    anchor = "nofile"
