"""One clock for each language: a table, a template and a wizard write a moment alike."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.html import strip_tags

from collections_app import Column
from collections_app.columns import column_type_of
from pages.wizards.saying import words_of

MOMENT = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_moment_is_written_alike_everywhere(language: str) -> None:
    column = Column("at", type="date", format="datetime")
    with translation.override(language):
        cell = strip_tags(column_type_of(column).cell(column)("2026-09-01T09:30:00.000000Z"))
        assert cell == words_of(MOMENT) == date_format(MOMENT, "DATETIME_FORMAT")
        assert cell.endswith(", 09:30") and date_format(MOMENT) in cell
        assert words_of(time(9, 30)) == time_format(time(9, 30), "TIME_FORMAT") == "09:30"
