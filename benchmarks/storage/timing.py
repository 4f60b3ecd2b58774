"""Two sides in turn, in one process, and the median of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.storage.figures import TARGETS, Figure

__all__ = ["Work", "clock_of_reads", "compared", "in_turns", "replay", "statements_of"]

Work = Callable[[], Any]
Clock = Callable[[], float]
Statements = list[tuple[str, Any]]

LEAST_ROUNDS = 5
MOST_ROUNDS = 2001
SERIOUS = 0.05  # seconds; who gives less only wants to see that it runs
LONGER = (3, 6)  # times, where a target seems to be missed


def clock_of_reads() -> Clock:
    """What a read is timed with: SQLite reads in our thread, whose CPU time no neighbour lengthens."""
    return time.thread_time if connection.vendor == "sqlite" else time.perf_counter


def in_turns(sides: list[Work], seconds: float, clock: Clock = time.perf_counter) -> list[float]:
    """The median time of each side, in seconds, over as many rounds as fit into ``seconds``.

    Whoever goes first changes with each round.
    """
    times: list[list[float]] = [[] for _side in sides]
    turns = list(enumerate(sides))
    for _number, work in turns:
        work()
    until = time.perf_counter() + seconds
    rounds = 0
    while rounds < (LEAST_ROUNDS if seconds >= SERIOUS else 1) or (
        rounds < MOST_ROUNDS and time.perf_counter() < until
    ):
        for number, work in turns if rounds % 2 else reversed(turns):
            began = clock()
            work()
            times[number].append(clock() - began)
        rounds += 1
    return [median(side) for side in times]


def compared(target: str, case: str, sides: list[Work], seconds: float, clock: Clock) -> Figure:
    """The figure of two sides. One that misses its target is measured again, for longer, and that counts:
    a neighbour's burst would otherwise decide.
    """
    floor = TARGETS[target].accepted(connection.display_name)
    for times in (1, *(LONGER if seconds >= SERIOUS else ())):
        figure = Figure.in_turns(target, case, in_turns(sides, seconds * times, clock))
        if (figure.ratio or 0) <= floor and not figure.is_over_limit():
            break
    return figure


def statements_of(work: Work) -> Statements:
    """The statements that ``work`` sends to the database, with their parameters."""
    statements: Statements = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        work()
    return statements


def replay(statements: Statements) -> Work:
    """Work that only executes the statements, on the driver's own cursor, and fetches what they find."""
    bare = [(_of_driver(sql), params or ()) for sql, params in statements]
    driver = connection.connection

    def work() -> None:
        cursor = driver.cursor()
        for sql, params in bare:
            cursor.execute(sql, params)
            cursor.fetchall()
        cursor.close()

    return work


def _of_driver(sql: str) -> str:
    """The statement with the driver's own marks for parameters."""
    if connection.vendor != "sqlite":
        return sql
    with connection.cursor() as cursor:
        converted: str = cursor.cursor.convert_query(sql)
    return converted
