"""Rows -> what a chart draws, and what its table says. Knows neither requests nor HTML.

``data`` reads rows, ``axes`` places them, ``folding`` keeps what can be told apart, ``thinning`` what can be
seen, and ``drawing`` writes it for the script.
"""

from __future__ import annotations

from handlers.charts.data import MOST_POINTS, ChartData, Series, chart_data, in_words
from handlers.charts.drawing import MOST_DRAWN, Reference, drawing_of
from handlers.charts.folding import MOST_SERIES
from handlers.charts.kinds import CHART_TYPES, ChartType

__all__ = [
    "CHART_TYPES",
    "MOST_DRAWN",
    "MOST_POINTS",
    "MOST_SERIES",
    "ChartData",
    "ChartType",
    "Reference",
    "Series",
    "chart_data",
    "drawing_of",
    "in_words",
]
