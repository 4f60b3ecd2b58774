"""What is exported, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from collections_app.declarations import Column

__all__ = ["CONTENT_TYPES", "FORMATS", "Exported", "Format"]

Format = Literal["csv", "xlsx", "json", "ndjson"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json", "ndjson")
CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}
BATCH = 500  # rows that are written at a time


@dataclass(frozen=True)
class Exported:
    """Rows with the columns that are shown of them, in their order; ``label`` names the file."""

    label: str
    columns: tuple[Column, ...]
    rows: Iterator[Mapping[str, Any]]

    def batches(self) -> Iterator[list[Mapping[str, Any]]]:
        """The rows, some at a time; at least one batch, which may be empty."""
        batch = list(islice(self.rows, BATCH))
        yield batch
        while batch := list(islice(self.rows, BATCH)):
            yield batch
