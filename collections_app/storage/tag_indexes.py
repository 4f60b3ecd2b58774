"""What finds documents by a tag: a GIN index on PostgreSQL, a side table kept by triggers on SQLite.

The side table belongs to its collection's table and has nothing that is not derived from it: whoever reads
it joins back to the row, whose scope decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.indexes import GinIndex

__all__ = ["TagIndex"]


@dataclass(frozen=True)
class TagIndex:
    """The index of one tags column. ``column`` is the generated column, ``name`` the index's own."""

    table: str
    side_table: str
    column: str
    name: str

    def gin(self) -> GinIndex:
        """PostgreSQL's."""
        return GinIndex(fields=[self.column], name=self.name, opclasses=["jsonb_path_ops"])

    @property
    def triggers(self) -> dict[str, str]:
        """SQLite's: what keeps the side table, by name. They stand in the database word for word."""
        table, column = f'"{self.table}"', f'"{self.column}"'
        changed = f"OLD.{column} IS NOT NEW.{column} OR OLD.scope_key IS NOT NEW.scope_key"
        return {
            f"{self.name}_i": f"CREATE TRIGGER {self.name}_i AFTER INSERT ON {table} "
            f"WHEN NEW.{column} IS NOT NULL BEGIN {self._added('NEW.')}; END",
            f"{self.name}_u": f"CREATE TRIGGER {self.name}_u AFTER UPDATE ON {table} "
            f"WHEN {changed} BEGIN {self._removed}; {self._added('NEW.')}; END",
            f"{self.name}_d": f"CREATE TRIGGER {self.name}_d AFTER DELETE ON {table} "
            f"WHEN OLD.{column} IS NOT NULL BEGIN {self._removed}; END",
        }

    def is_kept(self, triggers: Mapping[str, str]) -> bool:
        """Whether these triggers of the table, by name, are the ones that keep the side table."""
        return all(triggers.get(name) == sql for name, sql in self.triggers.items())

    def build(self, editor: Any) -> None:
        """Make table and triggers, and fill the table anew: of what was there nothing is trusted."""
        editor.execute(
            f'CREATE TABLE IF NOT EXISTS "{self.side_table}" (name text NOT NULL, value text NOT NULL, '
            "scope_key text NOT NULL, document_id integer NOT NULL, "
            "PRIMARY KEY (name, value, scope_key, document_id)) WITHOUT ROWID"
        )
        self.clear(editor)
        for trigger in self.triggers.values():
            editor.execute(trigger)
        editor.execute(self._added("documents.", f'"{self.table}" AS documents, '))

    def clear(self, editor: Any) -> None:
        """Drop the triggers, and with them what they kept."""
        for name in self.triggers:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        editor.execute(f"DELETE FROM \"{self.side_table}\" WHERE name = '{self.column}'")  # noqa: S608

    def _added(self, row: str, source: str = "") -> str:
        # Only texts are tags; DISTINCT, because a collection that is not strict may hold one twice.
        return (
            f'INSERT INTO "{self.side_table}" (name, value, scope_key, document_id) '  # noqa: S608
            f"SELECT DISTINCT '{self.column}', value, {row}scope_key, {row}id "
            f"FROM {source}json_each({row}\"{self.column}\") WHERE type = 'text'"
        )

    @property
    def _removed(self) -> str:
        return (
            f"DELETE FROM \"{self.side_table}\" WHERE name = '{self.column}' AND "  # noqa: S608
            f"scope_key = OLD.scope_key AND document_id = OLD.id "
            f"AND value IN (SELECT value FROM json_each(OLD.\"{self.column}\") WHERE type = 'text')"
        )
