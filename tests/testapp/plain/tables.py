from __future__ import annotations

import django_tables2 as tables

from tests.testapp.plain.models import Ticket


class TicketTable(tables.Table):  # type: ignore[misc] # it has no types
    class Meta:
        model = Ticket
        fields = ("subject", "hours")

    def render_hours(self, value: int) -> str:
        return f"{value} h"
