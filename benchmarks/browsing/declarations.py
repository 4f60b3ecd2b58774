"""The demo's packages once more, for anybody to edit and with a history: all of a table can be tried."""

from __future__ import annotations

from capsule import PageRequest
from collections_app import collection
from demo.declarations import packages
from pages import page, ui

__all__ = ["browsed"]

browsed = collection(
    "browsed",
    columns=packages.declaration.columns,
    scope="app",
    sortable=True,
    filterable=True,
    editable=True,
    search=["name", "summary"],
)


@page("Browsed", route="browsed/")
def browsed_list(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Table(browsed, sort="name")])
