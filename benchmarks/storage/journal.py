"""What has been done and measured, one line a step: a run that was killed goes on where it stood."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.scratch import ROOT
from benchmarks.storage.figures import Figure

__all__ = ["Journal", "commit"]


def commit() -> str:
    """The commit that is measured, ``-dirty`` where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return described.stdout.strip() or "unknown"


class Journal:
    """A file of JSON lines. A measurement counts for the commit it was made on, a loaded table for all."""

    def __init__(self, path: Path, measured: str = "") -> None:
        self.path = path
        self.commit = measured or commit()

    def entries(self) -> Iterator[dict[str, Any]]:
        """What was written, oldest first. A line that a kill cut short is none."""
        if not self.path.is_file():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def data(self, step: str) -> dict[str, Any] | None:
        """What was noted of a step that prepares data, whatever the commit."""
        found = [entry for entry in self.entries() if entry["step"] == step and "data" in entry]
        return found[-1]["data"] if found else None

    def figures(self, step: str | None = None) -> list[Figure] | None:
        """What was measured on this commit; of one step, ``None`` if it was not."""
        latest = {
            entry["step"]: entry["figures"]
            for entry in self.entries()
            if "figures" in entry and entry["commit"] == self.commit
        }
        if step is not None and step not in latest:
            return None
        chosen = latest.values() if step is None else [latest[step]]
        return [Figure(**figure) for figures in chosen for figure in figures]

    def note_data(self, step: str, data: dict[str, Any]) -> None:
        self._write({"step": step, "data": data})

    def note_figures(self, step: str, figures: list[Figure]) -> None:
        self._write({"step": step, "figures": [asdict(figure) for figure in figures]})

    def _write(self, entry: dict[str, Any]) -> None:
        stamp = {"commit": self.commit, "at": time.strftime("%Y-%m-%d %H:%M:%S"), "load": os.getloadavg()[0]}
        cut_short = self.path.is_file() and not self.path.read_bytes().endswith(b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("\n" if cut_short else "") + json.dumps({**entry, **stamp}) + "\n")
            file.flush()
            os.fsync(file.fileno())
