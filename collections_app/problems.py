"""What is wrong with a declaration, as sentences: said by the system checks, obeyed by the storage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError

from capsule.access import access_problem
from capsule.errors import CapsuleError, sentence_of
from capsule.registry import did_you_mean
from capsule.scopes import SCOPES
from collections_app.columns import ColumnType, column_type_of, column_types
from collections_app.declarations import Column, Declaration
from collections_app.queries.expressions import DECLARED_KEY
from collections_app.storage.naming import generated_name

__all__ = ["Problem", "access_problems", "problems_of"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
MAX_NAME = 40  # a table's name, with its prefix, has to fit PostgreSQL's 63 bytes
ACTIONS = ("add", "change", "delete")
MOST_INDEXES = 8  # of columns together: each write keeps every one of them
MOST_TOGETHER = 4  # columns of such an index
INDEX_BYTES = 2500  # of an entry's 2,704 on PostgreSQL; the rest are its scope, its number and its head


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``id`` is the number of its check."""

    id: str
    message: str
    hint: str


def problems_of(declaration: Declaration) -> list[Problem]:
    """Everything that keeps a collection from having a table."""
    return [
        *_of_name(declaration),
        *_of_columns(declaration),
        *_of_search(declaration),
        *_of_unique(declaration),
        *_of_indexes(declaration),
    ]


def _of_name(declaration: Declaration) -> Iterator[Problem]:
    name = declaration.name
    if not NAME.match(name) or len(name) > MAX_NAME:
        yield Problem(
            "E001",
            f"{name!r} cannot be a collection's name.",
            f"Use lower-case words joined by single underscores, at most {MAX_NAME} characters.",
        )
    if declaration.scope not in SCOPES:
        hint = did_you_mean(str(declaration.scope), SCOPES)
        yield Problem("E002", f"Collection '{name}' has an unknown scope {declaration.scope!r}.", hint)
    if not isinstance(declaration.paginate, int) or declaration.paginate < 0:
        yield Problem("E009", f"paginate={declaration.paginate!r} is not a number of rows.", "Use 0 or more.")
    if declaration.retention is not None and not _is_natural(declaration.retention):
        yield Problem(
            "E023",
            f"retention={declaration.retention!r} of collection '{name}' is not a number of days.",
            "Use 0, which is for ever, or more; leave it out for the project's CAPSULE_HISTORY_DAYS.",
        )


def _is_natural(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _of_columns(declaration: Declaration) -> Iterator[Problem]:
    seen: set[str] = set()
    for column in declaration.columns:
        where = f"Column '{column.key}' of collection '{declaration.name}'"
        if column.key in seen:
            yield Problem("E003", f"{where} is declared twice.", "Rename one, or remove it.")
        seen.add(column.key)
        if not DECLARED_KEY.match(column.key):
            yield Problem(
                "E004",
                f"{where} has a key that cannot be declared.",
                "Begin with a letter or _, then letters, digits, _, - and spaces, at most 64.",
            )
        if column.type not in column_types:
            hint = did_you_mean(str(column.type), _types_for(declaration))
            yield Problem("E005", f"{where} has an unknown type {column.type!r}.", hint)
        elif declaration.model is None and not column_type_of(column).declarable:
            hint = f"Use one of: {', '.join(_types_for(declaration))}."
            yield Problem("E005", f"{where} has a type that no document has: {column.type!r}.", hint)
        else:
            yield from _of_values(column, where)


def _types_for(declaration: Declaration) -> list[str]:
    """The types that a column may have: of documents all but those that only a model's fields have."""
    return [kind.name for kind in column_types if kind.declarable or declaration.model is not None]


def _of_values(column: Column, where: str) -> Iterator[Problem]:
    kind = column_type_of(column)
    clean = kind.clean
    if problem := kind.problem_with(column):
        yield Problem(
            "E010",
            f"{where}: {problem}",
            f"Leave it out, or see in docs/columns.md what a {kind.name} column takes.",
        )
    yield from _of_options(column, where)
    for word, able in (("sortable", kind.sortable), ("filterable", bool(kind.operators))):
        if getattr(column, word) and not able:
            yield Problem("E017", f"{where} cannot be {word}: it is of type {column.type}.", "Leave it out.")
    if column.default is None:
        return
    default = column.default() if callable(column.default) else column.default
    try:
        clean(column, default)
    except (ValidationError, CapsuleError) as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else sentence_of(error)
        yield Problem(
            "E007",
            f"The default {default!r} of {where.lower()} does not fit: {reason}",
            "Change the default, or what the column takes.",
        )


def _of_search(declaration: Declaration) -> Iterator[Problem]:
    """A key that nobody may see is never searched: what is found would tell what it holds."""
    legal = [column.key for column in declaration.visible_columns if _is_text(column)]
    for key in declaration.search:
        if key not in legal:
            yield Problem(
                "E013",
                f"Collection '{declaration.name}' searches {key!r}, no visible column of text.",
                did_you_mean(str(key), legal) if legal else "Declare one, or leave search= out.",
            )


def _is_text(column: Column) -> bool:
    known = column.type in column_types
    return known and column.type != "date" and column_type_of(column).storage in ("text", "tags")


def _of_options(column: Column, where: str) -> Iterator[Problem]:
    kind = column_type_of(column)
    if column.options is None:
        return
    if not kind.takes_options:
        yield Problem("E006", f"{where} has options, and a {kind.name} column takes none.", "Leave them out.")
    elif not list(column.options):
        yield Problem("E006", f"{where} has no options to choose from.", "List them, or leave options out.")
    elif not kind.holds_files:  # whose options are types, of which ``problem_with`` has spoken
        for option in column.options:
            if (stored := _as_stored(column, option)) != option:
                said = f"{where} has the option {option!r}, which it could never hold."
                yield Problem(
                    "E006", said, f"Write it as it is stored: {stored!r}." if stored else "Change it."
                )


def _as_stored(column: Column, option: object) -> object:
    """What a document would hold of an option; nothing, if it could not."""
    try:
        stored: object = column_type_of(column).clean(replace(column, options=None), option)
    except ValidationError:
        return None
    return stored[0] if isinstance(stored, list) and stored else stored


def _of_unique(declaration: Declaration) -> Iterator[Problem]:
    columns = {column.key: column for column in declaration.columns}
    seen: set[frozenset[str]] = set()
    for together in declaration.unique:
        where = f"unique={list(together)!r} of collection '{declaration.name}'"
        if not together or len(set(together)) < len(together) or frozenset(together) in seen:
            yield Problem("E016", f"{where} names nothing, or something twice.", "Name each column once.")
        seen.add(frozenset(together))
        for key in together:
            if key not in columns:
                hint = did_you_mean(str(key), list(columns))
                yield Problem("E016", f"{where} names {key!r}, which is not declared.", hint)
            elif columns[key].type in column_types and _storage(columns[key]) in ("tags", "none"):
                kind = columns[key].type
                yield Problem("E016", f"{where}: a {kind} column cannot be unique.", "Choose another column.")
        if len({columns[key].hidden for key in together if key in columns}) > 1:
            # Whoever may write the visible one would learn of the other's values by what is refused.
            hint = "Hide both, or neither."
            yield Problem("E016", f"{where} is of a hidden and a visible column.", hint)
    if declaration.unique and not declaration.strict:
        said = f"Collection '{declaration.name}' declares unique= with strict=False."
        hint = "Only what its column's type has checked can be compared: leave strict=False out."
        yield Problem("E016", said, hint)


def _of_indexes(declaration: Declaration) -> Iterator[Problem]:
    """Of a model none: its ``Meta`` says them, and ``model_problems`` that they do not belong here."""
    indexes = declaration.indexed_together if declaration.model is None else ()
    if len(indexes) > MOST_INDEXES:
        said = f"Collection '{declaration.name}' declares {len(indexes)} indexes, of {MOST_INDEXES} at most."
        yield Problem("E022", said, "Keep those of what is asked most: each of them costs every write.")
    for at, keys in enumerate(indexes):
        where = f"The index {list(declaration.indexes[at])!r} of collection '{declaration.name}'"
        if len(keys) == 1:
            hint = f'One column has an index already. List those that go together: [["status", "{keys[0]}"]].'
            yield Problem("E022", f"{where} is of one column.", hint)
        elif not keys or len(set(keys)) < len(keys) or keys in indexes[:at]:
            yield Problem("E022", f"{where} names nothing, or something twice.", "Name each once.")
        elif len(keys) > MOST_TOGETHER:
            hint = f"Name at most {MOST_TOGETHER}: those that are filtered by, then the one that orders."
            yield Problem("E022", f"{where} is of {len(keys)} columns.", hint)
        elif any(key.startswith("-") for key in declaration.indexes[at][:-1]):
            hint = "Name first what is filtered by, which has no direction, and last what orders."
            yield Problem("E022", f"{where} turns a column that is not its last.", hint)
        else:
            yield from _of_index(declaration, keys, where)


def _of_index(declaration: Declaration, keys: tuple[str, ...], where: str) -> Iterator[Problem]:
    columns = {column.key: column for column in declaration.columns}
    for key in keys:
        if key not in columns:
            hint = did_you_mean(str(key), list(columns))
            yield Problem("E022", f"{where} names {key!r}, which is not declared.", hint)
            return
        column = columns[key]
        if column.type not in column_types:
            return  # which E005 says
        if _storage(column) in ("tags", "none"):
            yield Problem("E022", f"{where}: a {column.type} column has no order.", "Choose another column.")
            return
        if generated_name(column, declaration) is None:
            hint = f"Say sortable=True or filterable=True of {key!r}."
            yield Problem("E022", f"{where}: {key!r} is neither sortable nor filterable.", hint)
            return
    if sum(_index_bytes(columns[key], declaration) for key in keys) > INDEX_BYTES:
        hint = "Besides one text there is room for statuses, dates, numbers and booleans."
        yield Problem("E022", f"{where} is of texts that no index of PostgreSQL's has room for.", hint)


def _index_bytes(column: Column, declaration: Declaration) -> int:
    """What a value takes at most. Without ``strict`` a text may stand where the column would have none."""
    kind = column_type_of(column)
    if kind.storage != "text":
        return 8
    return kind.index_bytes if declaration.strict else ColumnType.index_bytes


def _storage(column: Column) -> str:
    return column_type_of(column).storage


def access_problems(declaration: Declaration) -> Iterator[Problem]:
    """A mistyped ``access`` or ``editable``, or a permission that no installed app has."""
    asked: list[tuple[str, object]] = [("access", declaration.access)]
    editable = declaration.editable
    if isinstance(editable, Mapping):
        asked += [(f"editable[{action!r}]", value) for action, value in editable.items()]
        for action in set(editable) - set(ACTIONS):
            yield Problem("E008", f"editable names {action!r}.", did_you_mean(str(action), ACTIONS))
    else:
        asked.append(("editable", editable))
    for where, value in asked:
        if where != "access" and isinstance(value, bool):
            continue
        problem = access_problem(value)
        if problem is not None:
            hint = "Write one of those words, a permission that there is, or pass a function of the identity."
            yield Problem("E008", f"Collection '{declaration.name}', {where}: {problem}", hint)
