"""How a test is told that something is not there: by what is."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from capsule.registry import did_you_mean

__all__ = ["Failure", "NotShown", "heard", "those_there", "where"]


class NotShown(AssertionError):
    """A page does not show what a test asks of it. The message says what it shows instead.

    Example::

        with pytest.raises(NotShown, match="no table"):
            page("/overview/", as_=charlie).table("secrets")
    """


@dataclass(frozen=True)
class Failure:
    """What broke while a page was made, and was not shown to its reader: the log has it."""

    about: str  # the id of a widget's element, or the words of the log
    error: BaseException

    def __str__(self) -> str:
        """The error in a line, with the place in the application's own code where it arose."""
        return f"{type(self.error).__name__}: {self.error}{where(self.error)}"


def where(error: BaseException) -> str:
    """`` (desk/views.py:12)``: the innermost line of a traceback."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" ({'/'.join(code.co_filename.split('/')[-2:])}:{trace.tb_lineno})"
        trace = trace.tb_next
    return place


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.failures: list[Failure] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            args = record.args if isinstance(record.args, tuple) else ()
            is_widget = record.msg.startswith("Widget %s failed")
            self.failures.append(Failure(str(args[0]) if is_widget else record.getMessage(), error))


@contextmanager
def heard() -> Iterator[list[Failure]]:
    """What the layers log with a traceback within the block."""
    ear, logger = _Ear(), logging.getLogger("capsule")
    logger.addHandler(ear)
    try:
        yield ear.failures
    finally:
        logger.removeHandler(ear)


def those_there(name: str, names: Iterable[str]) -> str:
    """A hint for a name that is not there: the nearest that is, and all of them."""
    known = sorted(set(filter(None, names)))
    if not known:
        return "There is none."
    near = did_you_mean(name, known)
    listed = ", ".join(f"'{one}'" for one in known)
    return f"{near} There: {listed}." if near.startswith("Did") else f"There: {listed}."
