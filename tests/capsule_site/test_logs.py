"""An outage fills no log."""

from __future__ import annotations

import logging

import pytest

from capsule_site.logs import Seldom


def outage() -> logging.LogRecord:
    try:
        raise ConnectionError("Connection refused.")
    except ConnectionError as error:
        trouble = (type(error), error, error.__traceback__)
    return logging.LogRecord("redis", logging.ERROR, __file__, 1, "In %s:", ("receiving",), trouble)


def test_an_outage_is_one_line_a_minute_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1.0
    monkeypatch.setattr("capsule_site.logs.time.monotonic", lambda: now)
    seldom = Seldom()
    first = outage()
    assert seldom.filter(first)
    assert logging.Formatter().format(first) == "In receiving: Connection refused."
    now = 60.0
    assert not seldom.filter(outage())
    now = 61.0
    assert seldom.filter(outage())
