"""What a collection's table, its generated columns and its indexes are called.

A generated column's name tells its kind (``x_`` text, ``n_`` number, ``d_`` decimal, ``b_`` boolean): a
column whose declared type changes gets a new generated column, and none is ever altered in place.
"""

from __future__ import annotations

import re
from hashlib import blake2s

from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration

__all__ = [
    "generated_name",
    "index_name",
    "is_indexed",
    "model_name",
    "search_index_names",
    "search_name",
    "search_table_name",
    "side_table_name",
    "table_name",
    "tags_name",
    "unique_name",
]

PREFIXES = {"text": "x", "number": "n", "decimal": "d", "boolean": "b", "tags": "t"}

_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")


def table_name(name: str) -> str:
    """``threads`` -> ``capsule_c_threads``."""
    return f"capsule_c_{name}"


def side_table_name(name: str) -> str:
    """``threads`` -> ``capsule_m_threads``: the tags of its rows, on SQLite."""
    return f"capsule_m_{name}"


def search_table_name(name: str) -> str:
    """``threads`` -> ``capsule_s_threads``: the index of what is searched, on SQLite."""
    return f"capsule_s_{name}"


def search_name(declaration: Declaration) -> str | None:
    """The name of the column that holds what is searched, or ``None``: ``s_`` and a digest of the keys.

    Other keys are another column, which no row has filled yet.
    """
    keys = declaration.searched_keys
    return f"s_{_digest(repr(keys))}" if keys else None


def model_name(name: str) -> str:
    """``support_threads`` -> ``SupportThreads``."""
    return "".join(part.capitalize() for part in name.split("_"))


def is_indexed(column: Column, declaration: Declaration) -> bool:
    """Whether the column has a generated column: it is declared sortable or filterable."""
    if column.key in declaration.unindexed:
        return False
    return declaration.is_sortable(column.key) or declaration.is_filterable(column.key)


def generated_name(column: Column, declaration: Declaration) -> str | None:
    """The name of the column's generated column, or ``None`` if it has none.

    Example: ``x_status`` for a filterable status.
    """
    storage = column_type_of(column).storage
    if storage not in PREFIXES or storage == "tags" or not is_indexed(column, declaration):
        return None
    return _prefixed(storage, column.key)


def tags_name(column: Column, declaration: Declaration) -> str | None:
    """The name of the generated column that holds a filterable column's tags, or ``None``: ``t_tags``.

    It has no order and is not compared, so it is none of those above.
    """
    if column_type_of(column).storage != "tags" or not is_indexed(column, declaration):
        return None
    return _prefixed("tags", column.key)


def unique_name(column: Column) -> str:
    """The name of the generated column by which a unique column is compared: ``ux_email``; of a file none."""
    storage = column_type_of(column).storage
    return f"u{_prefixed(storage, column.key)}" if storage in PREFIXES else ""


def _prefixed(storage: str, key: str) -> str:
    if not _PLAIN.match(key) or len(key) > 50:
        # Names fold case on SQLite and may hold no space; two such keys must not become one.
        key = f"{re.sub(r'[^a-z0-9]+', '_', key.lower())[:40].strip('_') or 'key'}_{_digest(key)}"
    return f"{PREFIXES[storage]}_{key}"


def index_name(name: str, column: str) -> str:
    """A name of at most 30 characters, Django's limit, that no other index has."""
    return f"c_{name[:8]}_{column[:10]}_{_digest(f'{name}.{column}')}"


def search_index_names(name: str, column: str) -> tuple[str, str]:
    """What the index of what is searched is called, and that of the rows which lack it."""
    return index_name(name, column), index_name(name, f"{column}_unmade")


def _digest(text: str) -> str:
    return blake2s(text.encode(), digest_size=4).hexdigest()
