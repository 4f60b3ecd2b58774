from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from conversations.blocks import keep_widgets_by
from conversations.formatting import format_with
from live.marking import inspect_by

__all__ = ["PagesConfig"]


class PagesConfig(AppConfig):
    name = "pages"
    verbose_name = _("Pages")

    def ready(self) -> None:
        # Not at the top: these need the models, which are loaded after this module.
        from pages import checks
        from pages.arrangements import offer_arrangements
        from pages.inspecting.facts import drawn_for
        from pages.markdown import to_html
        from pages.row_actions import offer_row_actions
        from pages.ui.said import Keeper

        inspect_by(drawn_for)
        offer_arrangements()
        offer_row_actions()
        keep_widgets_by(Keeper())
        format_with(to_html)  # replies are markdown, which the layer of conversations does not know
        register(checks.check_pages)
        register(checks.check_links)
        register(checks.check_routed)
