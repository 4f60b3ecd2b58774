"""What a collection's table, its generated columns and its indexes are called.

A generated column's name tells its kind (``x_`` text, ``n_`` number, ``d_`` decimal, ``b_`` boolean): a
column whose declared type changes gets a new generated column, and none is ever altered in place.
"""

from __future__ import annotations

import re
from hashlib import blake2s

from collections_app.columns import column_type_of
from collections_app.declarations import Column, Declaration

__all__ = ["generated_name", "index_name", "is_indexed", "model_name", "table_name"]

PREFIXES = {"text": "x", "number": "n", "decimal": "d", "boolean": "b", "tags": "t"}

_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")


def table_name(name: str) -> str:
    """``threads`` -> ``capsule_c_threads``."""
    return f"capsule_c_{name}"


def model_name(name: str) -> str:
    """``support_threads`` -> ``SupportThreads``."""
    return "".join(part.capitalize() for part in name.split("_"))


def is_indexed(column: Column, declaration: Declaration) -> bool:
    """Whether the column has a generated column: it is declared sortable or filterable."""
    return declaration.is_sortable(column.key) or declaration.is_filterable(column.key)


def generated_name(column: Column, declaration: Declaration) -> str | None:
    """The name of the column's generated column, or ``None`` if it has none.

    Example: ``x_status`` for a filterable status.
    """
    storage = column_type_of(column).storage
    if storage not in PREFIXES or storage == "tags" or not is_indexed(column, declaration):
        return None
    key = column.key
    if not _PLAIN.match(key) or len(key) > 50:
        # Names fold case on SQLite and may hold no space; two such keys must not become one.
        key = f"{re.sub(r'[^a-z0-9]+', '_', key.lower())[:40].strip('_') or 'key'}_{_digest(column.key)}"
    return f"{PREFIXES[storage]}_{key}"


def index_name(name: str, column: str) -> str:
    """A name of at most 30 characters, Django's limit, that no other index has."""
    return f"c_{name[:8]}_{column[:10]}_{_digest(f'{name}.{column}')}"


def _digest(text: str) -> str:
    return blake2s(text.encode(), digest_size=4).hexdigest()
