"""Every widget beside the lines that make it: the page *Widgets*."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule import DateRange
from capsule.http import PageRequest
from capsule.widgets import Widget
from collections_app import Row
from demo.declarations import (
    Period,
    bookmarks,
    contacts,
    daily_goal,
    desk_name,
    first_shown,
    greeting,
    show_closed,
    threads,
    workload,
)  # fmt: skip
from demo.source import Example, Source
from handlers import action
from pages import Answers, page, ui

__all__ = ["EXAMPLES", "Source", "widgets"]

LAST_DAYS = DateRange.last(30)
EXAMPLES: dict[str, list[Example]] = {
    "Layout": [], "Content": [], "Data": [], "Forms": [], "Actions": [], "Settings": [], "Conversation": [],
}
HEADINGS = {
    "Layout": gettext_lazy("Layout"),
    "Content": gettext_lazy("Content"),
    "Data": gettext_lazy("Data"),
    "Forms": gettext_lazy("Forms"),
    "Actions": gettext_lazy("Actions"),
    "Settings": gettext_lazy("Settings"),
    "Conversation": gettext_lazy("Conversation"),
}


@page(gettext_lazy("Widgets"), icon="blocks", order=10, access="public")
def widgets(
    request: PageRequest, period: Period = "7d", received: DateRange = LAST_DAYS
) -> ui.Page:
    shown: list[Widget] = []
    for family, examples in EXAMPLES.items():
        shown.append(ui.Text(HEADINGS[family], heading=2))
        shown += [_beside(example) for example in examples]
    return ui.Page(shown)


def _beside(example: Example) -> Widget:
    title = example.__name__.replace("_", " ").capitalize()
    shown, source = example(), Source(example)
    if isinstance(shown, ui.TableBrowser):  # a list beside a table wants the whole width
        return ui.Card(title, [shown, source])
    return ui.Card(title, [ui.Row([ui.Column([shown], width=6), ui.Column([source], width=6)])])


def example_of(family: str) -> Callable[[Example], Example]:
    def remember(function: Example) -> Example:
        EXAMPLES[family].append(function)
        return function

    return remember


# Layout -----------------------------------------------------------------------------------------------------


@example_of("Layout")
def row() -> Widget:
    return ui.Row([
        ui.Card(_("Left"), [_("Beside each other,")]),
        ui.Card(_("Right"), [_("and below each other on a phone.")]),
    ])


@example_of("Layout")
def column() -> Widget:
    return ui.Row([
        ui.Column([_("Eight twelfths of the row.")], width=8),
        ui.Column([
            _("One third,"),
            ui.Text(_("things below each other."), muted=True),
        ], width=4),
    ])


@example_of("Layout")
def card() -> Widget:
    return ui.Card(_("A title"), [_("What belongs together.")], icon="package")


@example_of("Layout")
def tabs() -> Widget:
    return ui.Tabs({
        _("Today"): [_("The open tab stands in the address,")],
        _("Yesterday"): [_("so that it can be bookmarked and shared.")],
    }, param="day")


@example_of("Layout")
def divider() -> Widget:
    return ui.Column([_("Newer"), ui.Divider(_("Older")), _("Further down")])


# Content ----------------------------------------------------------------------------------------------------


@example_of("Content")
def text() -> Widget:
    return ui.Text("""Words as they are: <b>no markup</b>.
Line breaks are kept.""")


@example_of("Content")
def markdown() -> Widget:
    return ui.Markdown("""
**Strong**, *soft*, `code`, a [link](/notes/):

1. first this,
2. then that.

| layer | for |
|---|---|
| collection | records |
| setting | configuration |
""")


@example_of("Content")
def image() -> Widget:
    return ui.Image(
        "demo/desk.svg", alt=_("A desk with a lamp"),
        caption=_("The desk"), width=320, height=200,
    )


@example_of("Content")
def image_gallery() -> Widget:
    return ui.ImageGallery([
        ui.Image("demo/desk.svg", alt=_("A desk with a lamp")),
        ui.Image("demo/letters.svg", alt=_("Three letters")),
        ui.Image("demo/clock.svg", alt=_("A clock at five past ten")),
    ], label=_("Around the office"))


@example_of("Content")
def empty_state() -> Widget:
    return ui.EmptyState(
        _("Nothing here yet"), _("Say why, and offer the next step."),
        icon="inbox", action=_("Write a note"), href="/notes/",
    )


@example_of("Content")
def progress() -> Widget:
    return ui.Column([
        ui.Progress(64, label=_("Read")),
        ui.Progress(3, max=8, label=_("Answered")),
        ui.Progress(None, label=_("Nobody knows how far")),
    ])


# Data -------------------------------------------------------------------------------------------------------


@example_of("Data")
def metric() -> Widget:
    return ui.Row([
        ui.Metric(_("Waiting"), threads.filter(status="waiting")),
        ui.Metric(
            _("Hours until answered"), threads,
            aggregate="avg", field="reply_hours",
        ),
        ui.Metric(_("Colleagues"), value=4),
    ])


@example_of("Data")
def chart() -> Widget:
    return ui.Chart(
        workload, x="priority", y="threads",
        chart_type="bar", title=_("Work left"),
    )


@example_of("Data")
def table() -> Widget:
    return ui.Table(
        contacts.filter(plan="enterprise"), label=_("Large customers"),
        columns=["name", "company", "country"], page_size=5,
    )


@example_of("Data")
def table_browser() -> Widget:
    return ui.TableBrowser([
        ui.TableGroup(_("The desk"), [
            ui.Table(threads, columns=["subject", "status"], page_size=5),
            ui.Table(contacts, columns=["name", "company"], page_size=5),
        ]),
    ], key="gallery")


# Forms ------------------------------------------------------------------------------------------------------


class Address(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"))
    address = forms.URLField(label=gettext_lazy("Address"), assume_scheme="https")


class Tags(forms.Form):
    tags = forms.CharField(label=gettext_lazy("Tags"), required=False)


def keep_bookmark(answers: Answers) -> Row:
    return bookmarks.insert_one({**answers, "tags": answers["tags"].split()})


@example_of("Forms")
def form() -> Widget:
    return ui.Form(
        bookmarks, submit=_("Keep it"),
        initial={"tags": ["later"]},
    )


@example_of("Forms")
def wizard() -> Widget:
    return ui.Wizard(
        [Address, Tags], on_finish=keep_bookmark,
        finished=_("It is kept"), param="wizard",
    )


@example_of("Forms")
def date_range() -> Widget:
    return ui.DateRange(_("Received"), param="received")


# Actions ----------------------------------------------------------------------------------------------------


@action(label=gettext_lazy("Bookmark"), icon="bookmark")
def bookmark_htmx() -> str:
    """Add a bookmark to one's own."""
    today = timezone.localdate()
    bookmarks.insert_one({"title": "htmx", "address": "https://htmx.org/docs/", "added": today})
    return _("It is among your bookmarks.")


@example_of("Actions")
def button() -> Widget:
    return ui.Button(_("To the counter"), href="/counter/", icon="hash")


@example_of("Actions")
def action_card() -> Widget:
    return ui.ActionCard(
        "htmx", _("Worth a bookmark."), icon="bookmark",
        button=ui.Button(_("Bookmark"), action=bookmark_htmx),
    )


# Settings ---------------------------------------------------------------------------------------------------


@example_of("Settings")
def toggle() -> Widget:
    return ui.Toggle(setting=show_closed)


@example_of("Settings")
def text_input() -> Widget:
    return ui.TextInput(setting=greeting)


@example_of("Settings")
def number_input() -> Widget:
    return ui.NumberInput(setting=daily_goal)


@example_of("Settings")
def select() -> Widget:
    return ui.Select(setting=first_shown)


@example_of("Settings")
def setting() -> Widget:
    return ui.Setting(desk_name)


@example_of("Settings")
def settings_panel() -> Widget:
    return ui.SettingsPanel(_("Replies"))


@example_of("Settings")
def select_a_parameter() -> Widget:
    return ui.Select(_("Period"), param="period")


# Conversation -----------------------------------------------------------------------------------------------


@example_of("Conversation")
def chat_panel() -> Widget:
    return ui.ChatPanel(
        "desk-assistant", mode="single",
        title=_("Ask the desk"),
    )
