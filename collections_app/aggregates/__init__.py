"""Sums, averages and counts, of all rows or of groups of them, computed in the database."""

from __future__ import annotations

from collections_app.aggregates.measures import Avg, Count, Max, Measure, Min, Sum

__all__ = ["Avg", "Count", "Max", "Measure", "Min", "Sum"]
