"""What was measured, beside what was wanted of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

__all__ = ["TARGETS", "Figure", "Summary", "Target", "summaries"]


@dataclass(frozen=True)
class Target:
    """``accept`` is the floor below which the work is not done, ``aim`` what is wanted; the limit is ms."""

    what: str
    accept: float
    aim: float
    unit: str = "x"
    limit: float | None = None
    accept_on_sqlite: float | None = None

    def accepted(self, database: str) -> float:
        """The floor on a database."""
        return self.accept_on_sqlite or self.accept if database == "SQLite" else self.accept

    @property
    def is_ratio(self) -> bool:
        """Whether it is compared with the reference, and not a number of its own."""
        return self.unit == "x"

    def words(self) -> str:
        """The target as the results name it."""
        floor = f"at most {self.accept:g}"
        if self.accept_on_sqlite:
            floor += f" ({self.accept_on_sqlite:g} on SQLite)"
        if self.limit:
            floor += f" and {self.limit:g} ms"
        return f"{floor}{'' if self.is_ratio else f' {self.unit}'}; aim {self.aim:g}"


TARGETS = {
    "S1": Target("first page of 25 by any declared column, all or open ones: SQL alone", 1.3, 1.05),
    "S2": Target("the same through the API : model instances", 1.0, 0.75),
    "S3": Target(
        "growth from 10,000 documents to these: first page, keyset at 90 %, equality, by id", 1.5, 1.1
    ),
    "S4": Target("filter and sort, from 40 % to 0.05 % of the documents: SQL alone", 3, 1.2, limit=5),
    "S5": Target("count capped at 10,001", 1.5, 1.1),
    "S5 flat": Target("count capped at 10,001 : the same of 10,000 documents", 1.5, 1.1),
    "S6": Target("substring search, rare and common words, first page through the API", 5, 2, unit="ms"),
    "S7": Target("insert_one, insert_many(1000), bulk load", 1.3, 1.0),
    "S8": Target("$inc by id", 2, 1.2, accept_on_sqlite=2.5),
    "S8h": Target("insert_one and $inc by id with history : with one log row written", 1.5, 1.2),
    "S9": Target("50 further collections : none; page, insert, update", 1.3, 1.05),
    "S10": Target(
        "version raised in the write's transaction : not raised; 8 writers, 2,000 scopes", 1.4, 1.15
    ),
    "S12": Target("memory of iterating and of loading", 200, 120, unit="MB"),
}


@dataclass(frozen=True)
class Figure:
    """One case: seconds of ours and of the reference (or megabytes of ours).

    A ``note`` says what else was seen and belongs to no target. Without a reference only the limit counts.
    """

    target: str
    case: str
    ours: float
    reference: float | None = None
    note: str = ""

    @classmethod
    def in_turns(cls, target: str, case: str, times: list[float], note: str = "") -> Figure:
        """What ``in_turns`` has found of ours and of the reference."""
        ours, reference = times
        return cls(target, case, ours, reference, note)

    @property
    def ratio(self) -> float | None:
        """What is compared with the target: times the reference, megabytes, or milliseconds."""
        if TARGETS[self.target].unit == "MB":
            return self.ours
        if TARGETS[self.target].unit == "ms":
            return self.ours * 1000
        return None if self.reference is None else self.ours / self.reference

    @property
    def milliseconds(self) -> str:
        """Both sides, in milliseconds."""
        if TARGETS[self.target].unit == "MB":
            return f"{self.ours:.0f} MB"
        reference = "" if self.reference is None else f" : {_short(self.reference * 1000)}"
        return f"{_short(self.ours * 1000)}{reference} ms"

    def is_over_limit(self) -> bool:
        """Whether it takes longer than its target lets anything take."""
        limit = TARGETS[self.target].limit
        return limit is not None and self.ours * 1000 > limit


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 100 else f"{number:,.0f}"


@dataclass(frozen=True)
class Summary:
    """All cases of one target on one database. The worst case decides."""

    target: str
    database: str
    figures: tuple[Figure, ...]

    @property
    def worst(self) -> Figure:
        """The case that is furthest from the target."""
        over = [figure for figure in self.figures if figure.is_over_limit()]
        return max(over or self.figures, key=lambda figure: figure.ours if over else figure.ratio or 0)

    @property
    def median(self) -> float:
        """The middle of the ratios."""
        return median(figure.ratio for figure in self.figures if figure.ratio is not None)

    @property
    def verdict(self) -> str:
        """``aim``, ``accepted`` or ``missed``, with how many of the cases miss."""
        target = TARGETS[self.target]
        floor = target.accepted(self.database)
        missed = [one for one in self.figures if one.is_over_limit() or (one.ratio or 0) > floor]
        if missed:
            return f"missed ({len(missed)} of {len(self.figures)})"
        return "aim" if (self.worst.ratio or 0) <= target.aim else "accepted"

    @property
    def text(self) -> str:
        """The worst case with its times, and the middle of several."""
        worst = self.worst
        ratio = "" if worst.ratio is None or not TARGETS[self.target].is_ratio else f"{worst.ratio:.2f} "
        found = f"{ratio}({worst.case}: {worst.milliseconds})"
        return (
            found if len(self.figures) == 1 else f"{found}; median {self.median:.2f} of {len(self.figures)}"
        )


def summaries(figures: Iterable[Figure], database: str) -> list[Summary]:
    """The figures by target, in the order of the targets."""
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.target, []).append(figure)
    return [Summary(name, database, tuple(found[name])) for name in TARGETS if name in found]
