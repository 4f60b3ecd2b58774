"""A write that an index refuses: of a unique one an error that names the columns, and nothing of the other
document."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from collections_app.errors import NotUnique
from collections_app.storage.naming import unique_name

if TYPE_CHECKING:
    from collections_app.handle import Collection

__all__ = ["kept_unique", "not_unique"]

ATTEMPTS = 3
# PostgreSQL's codes.
DEADLOCK = "40P01"
TOO_LONG = "54000"

Params = ParamSpec("Params")
Result = TypeVar("Result")
Write = Callable[Concatenate[Any, Params], Result]


def kept_unique(write: Write[Params, Result]) -> Write[Params, Result]:
    """Decorate a ``Writer``'s method, itself all or nothing: it raises ``NotUnique`` for what is taken.

    It is done again where that may settle it: an upsert finds the document of whoever was quicker, and of two
    writers who wait for each other's values the one that PostgreSQL sends away finds them written.
    """

    @wraps(write)
    def guarded(self: Any, /, *args: Params.args, **options: Params.kwargs) -> Result:
        attempt = 1
        while True:
            try:
                return write(self, *args, **options)
            except NotUnique:  # of the insert within
                if attempt == ATTEMPTS or not options.get("upsert"):
                    raise
            except IntegrityError as error:
                refusal = not_unique(self.collection, error)
                if refusal is None:
                    raise
                raise refusal from None  # the database's own words hold the values
            except OperationalError as error:
                code = getattr(error.__cause__, "sqlstate", None)
                if code == TOO_LONG:
                    # In a scope that has made a text of what was declared as something shorter.
                    raise ValidationError(_("These texts are too long together to be kept.")) from None
                if attempt == ATTEMPTS or code != DEADLOCK:
                    raise
            attempt += 1

    return guarded


def not_unique(collection: Collection, error: IntegrityError) -> NotUnique | None:
    """What ``error`` says, if it is about values that are unique within a scope."""
    violated = _violated(error)
    if collection.declaration.model is not None:
        return _of_model(collection, violated)
    if violated[:1] != ["scope_key"]:
        return None
    # An index that is no longer declared is kept until somebody prunes: so the columns count, not its name.
    named = {unique_name(column): column for column in collection.declaration.columns}
    return NotUnique([named[name] for name in violated if name in named])


def _of_model(collection: Collection, violated: list[str]) -> NotUnique | None:
    """Which columns a model's own unique constraint is of; of those that are none here nothing is said."""
    if not violated or not violated[0]:
        return None
    columns = [c for c in collection.declaration.columns if getattr(c, "field", None) is not None]
    return NotUnique([c for c in columns if c.field.column in violated])  # type: ignore[attr-defined]


def _violated(error: IntegrityError) -> list[str]:
    """The columns of the index that a write would have violated."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        _said, _colon, listed = str(error).partition("UNIQUE constraint failed: ")
        return [name.rpartition(".")[2] for name in listed.split(", ")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) ORDER BY attnum",
            [diagnosis.constraint_name],
        )
        return [name for (name,) in cursor.fetchall()]
