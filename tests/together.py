"""Many at once, each in a thread and on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

__all__ = ["together"]


def together(count: int, work: Callable[[int], Any]) -> None:
    """Run ``work(n)`` in ``count`` threads at once, and raise the first error that any of them met."""
    errors: list[BaseException] = []
    begin = threading.Barrier(count)

    def run(n: int) -> None:
        try:
            begin.wait(60)
            work(n)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
