"""The page *Preferences*: every setting of the desk, and what a reply looks like with them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule import PageRequest
from demo.declarations import (
    daily_goal,
    desk_name,
    first_shown,
    greeting,
    reply_within,
    show_closed,
    show_workload,
)
from demo.replies import reply_to
from pages import page, ui

__all__ = ["preferences"]


@page(gettext_lazy("Preferences"), icon="sliders-horizontal", order=8)
def preferences(request: PageRequest) -> ui.Page:
    """The example reads its settings in the page's function, so it follows them."""
    example = reply_to(_("Ann Example"), _("The door squeaks"), reply_within.get())
    of_the_team = (daily_goal, reply_within, greeting)
    return ui.Page([
        ui.Row([
            ui.Card(_("For you"), [ui.Setting(show_closed), ui.Setting(first_shown)]),
            ui.Card(_("For your organisation"), [ui.Setting(s) for s in of_the_team]),
            ui.Card(_("For everybody"), [ui.Setting(desk_name), ui.Setting(show_workload)]),
        ]),
        ui.Row([
            ui.Column([ui.SettingsPanel(gettext_lazy("Replies"))], width=8),
            ui.Column([ui.Card(_("A reply as it goes out"), [ui.Text(example)])], width=4),
        ]),
    ])  # fmt: skip
