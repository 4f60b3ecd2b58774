from __future__ import annotations

from capsule import PageRequest
from collections_app import Column, collection
from pages import page, ui
from settings_app import setting

bench_switch = setting(
    "bench_switch", scope="user", default=False, label="Show closed threads", help_text="Closed ones too."
)

bench_items = collection(
    "bench_items",
    columns=["title", Column("count", type="number", default=0)],
    scope="app",
    sortable=True,
    filterable=True,
)


@page("Bench", route="bench-items/", hidden=True)
def bench_page(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Table(bench_items)])
