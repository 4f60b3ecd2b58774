"""The few icons that code writes itself, from Lucide (ISC), as inline SVG."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["glyph"]

_PATHS = {
    "arrow-down": "M12 5v14M19 12l-7 7-7-7",
    "arrow-up": "M12 19V5M5 12l7-7 7 7",
    "arrows-sort": "M7 15l5 5 5-5M7 9l5-5 5 5",
    "chevron-down": "M6 9l6 6 6-6",
    "chevron-left": "M15 18l-6-6 6-6",
    "chevron-right": "M9 18l6-6-6-6",
    "chevron-up": "M18 15l-6-6-6 6",
    "chevrons-left": "M11 17l-5-5 5-5M18 17l-5-5 5-5",
    "chevrons-right": "M6 17l5-5-5-5M13 17l5-5-5-5",
}


@lru_cache
def glyph(name: str) -> str:
    """An icon that says nothing by itself: what it means stands beside it."""
    return (
        f'<svg class="glyph glyph-{name}" width="16" height="16" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true"><path d="{_PATHS[name]}"/></svg>'
    )
