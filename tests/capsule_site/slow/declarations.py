"""Handlers that are held by a file of the suite's, or that never end by themselves."""

from __future__ import annotations

import asyncio
import time

from django.conf import settings
from django.db import connection

from handlers import data
from pages import page, ui

__all__ = ["endless_statement", "held", "hung", "slow", "waits"]

ENDLESS = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000000) "
    "SELECT COUNT(*) FROM n"
)


def _until_let_go(name: str) -> None:
    (settings.CAPSULE_VAR / f"{name}-began").touch()
    while not (settings.CAPSULE_VAR / f"{name}-go").exists():
        time.sleep(0.02)


@data(access="public", timeout=60)
def held(number: int) -> int:
    """Ends when the suite says so."""
    _until_let_go(f"held-{number}")
    return number


@data(access="public", timeout=0.6)
def hung() -> int:
    """Knows nothing of its time."""
    _until_let_go("hung")
    return 1


@data(access="public", timeout=0.6)
def endless_statement() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS)
        return int(cursor.fetchone()[0])


@data(access="public", timeout=0.6)
async def waits() -> int:
    await asyncio.sleep(60)
    return 1


@page("Slow", access="public")
def slow() -> ui.Page:
    return ui.Page(
        [ui.Metric("Endless", endless_statement), ui.Metric("Hung", hung), ui.Metric("Quick", value=42)]
    )
