"""Pages that the suites use: one of each kind of access, parameter, answer and mishap."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views import View

from capsule import BadInput, Identity, PageRequest, ScopeError, TooCostly
from capsule.widgets import Widget
from pages import link, page, ui
from tests.testapp.declared.collections import threads

__all__ = ["EVALUATED", "Probe"]

EVALUATED: Counter[str] = Counter()  # how often each probe was rendered
ERRORS: dict[str, Exception] = {
    "scope": ScopeError("no key"),
    "permission": PermissionDenied("Ask <b>Ana</b>."),
    "input": BadInput("That is not usable.", {"period": ["Use 7d or 30d."]}),
    "crash": RuntimeError("secret detail <script>"),
    "cost": TooCostly("Ask for less."),
}


@dataclass(frozen=True)
class Probe(Widget):
    """Says its name and counts that it did; ``fails`` names the error that it raises instead."""

    kind: ClassVar[str] = "probe"
    scripts: ClassVar[tuple[str, ...]] = ("testapp/probe.js",)
    styles: ClassVar[tuple[str, ...]] = ("testapp/probe.css",)
    label: str
    fails: str = ""

    @property
    def name(self) -> str:
        return self.key or self.label

    def render(self, request: HttpRequest) -> SafeString:
        EVALUATED[self.label] += 1
        if self.fails:
            raise ERRORS[self.fails]
        return format_html('<div class="card" id="{}">probe {}</div>', self.dom_id, self.label)


@page("Test probes", icon="layout-dashboard")
def test_probes(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Row([Probe("one"), Probe("two")]), ui.Card("Inside", [Probe("three")], icon="inbox")])


@page("Test public", access="public", order=900)
def test_public(request: PageRequest) -> ui.Page:
    return ui.Page(["Anybody may read this."])


@page("Test staff", access="staff")
def test_staff(request: PageRequest) -> ui.Page:
    return ui.Page(["Staff only."])


@page("Test permission", access="accounts.change_user")
def test_permission(request: PageRequest) -> ui.Page:
    return ui.Page(["Whoever may change people."])


@page("Test own rule", access=lambda identity: identity.organization_id is not None)
def test_own_rule(request: PageRequest) -> ui.Page:
    return ui.Page(["Within an organisation."])


@page("Test hidden", hidden=True, access="public")
def test_hidden(request: PageRequest) -> ui.Page:
    return ui.Page(["Not in the sidebar."])


@page("Test mishaps", access="public")
def test_mishaps(request: PageRequest) -> ui.Page:
    return ui.Page([Probe("fine"), *(Probe(name, name) for name in ERRORS), Probe("also fine")])


@page("Test twins", access="public")
def test_twins(request: PageRequest) -> ui.Page:
    return ui.Page([Probe("twin"), Probe("twin"), Probe("twin", key="another")])


@page("Test tabs", access="public")
def test_tabs(request: PageRequest, shown: str = "") -> ui.Page:
    tabs = {"First & one": [Probe("left")], "Second": [Probe("right")], "<b>": [Probe("odd")]}
    return ui.Page([ui.Tabs(tabs)])


@page("Test parameters", access="public")
def test_parameters(
    request: PageRequest,
    identity: Identity,
    period: Literal["7d", "30d"] = "7d",
    count: int = 1,
    ratio: float = 0.5,
    words: str = "",
    closed: bool = False,
    day: date | None = None,
    tags: list[str] = [],  # noqa: B006 - what a newcomer writes; it is never changed
) -> HttpResponse:
    values = [period, count, ratio, words, closed, day, tags]
    return HttpResponse(repr(values), content_type="text/plain")


@page("Test required", hidden=True, access="public")
def test_required(request: PageRequest, number: int) -> HttpResponse:
    return HttpResponse(str(number), content_type="text/plain")


@page("Test record", route="test-records/<int:id>/", access="public")
def test_record(request: PageRequest, id: int, shown: str = "all") -> ui.Page:
    return ui.Page([f"Record {id}, {shown}."], title=f"Record {id}")


@page("Test form", access="public")
def test_form(request: PageRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} taken", content_type="text/plain")


@page("Test template", access="public")
def test_template(request: PageRequest) -> HttpResponse:
    return TemplateResponse(request, "testapp/words.html", {"words": "<i>from a view</i>"})


@page("Test asking", access="public")
def test_asking(request: PageRequest) -> HttpResponse:
    """A form that htmx sends, in an ordinary view that answers with its whole page."""
    context = {"words": request.POST.get("words", ""), "sent": request.method == "POST"}
    return TemplateResponse(request, "testapp/asking.html", context)


@page("Test asking alone", hidden=True)
def test_asking_alone(request: PageRequest) -> HttpResponse:
    """The same for people who are signed in."""
    return test_asking(request)


@page("Test tabs alone", hidden=True)
def test_tabs_alone(request: PageRequest) -> ui.Page:
    return ui.Page([ui.Tabs({"First": [Probe("left")], "Second": [Probe("right")]})])


@page("Test broken", access="public")
def test_broken(request: PageRequest) -> ui.Page:
    raise RuntimeError("secret detail")


@page("Test nothing", access="public")
def test_nothing(request: PageRequest) -> object:
    return {"not": "a page"}


@page(access="public")
def test_unnamed(request: PageRequest) -> ui.Page:
    return ui.Page(["Named by its function."])


@page
def test_bare(request: PageRequest) -> ui.Page:
    return ui.Page(["Without parentheses."])


@page("Test class", access="public")
class TestClass(View):
    __test__ = False

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("from a class", content_type="text/plain")


@page("Test gallery", icon="shapes", access="public")
def test_gallery(request: PageRequest) -> ui.Page:
    """Every layout and content widget."""
    picture = ui.Image("capsule/logo.svg", alt="A capsule", caption="The logo", width=96, height=96)
    progress = [ui.Progress(42, label="Imported"), ui.Progress(None, label="Working")]
    four = [ui.Card(title, f"{title} of four.", icon="box") for title in ("One", "Two", "Three", "Four")]
    return ui.Page(
        [
            ui.Row(four),
            ui.Text("A heading", heading=2),
            ui.Text("Quiet words beneath it, which say why this page is here.", muted=True),
            ui.Row(
                [
                    ui.Column(ui.Card("Markdown", ui.Markdown(MARKDOWN), icon="pilcrow"), width=8),
                    ui.Column(ui.Card("Progress", progress), width=4),
                ]
            ),
            ui.Divider("Pictures"),
            ui.Row([ui.Card("One", picture), ui.Card("Several", ui.ImageGallery([picture] * 3))]),
            ui.Divider(),
            ui.Tabs({"Open": "What is open.", "Closed": "What is closed."}),
            ui.EmptyState("No threads yet", "They come as people write.", action="Add one", href="/"),
        ],
        actions=[ui.Text("An action")],
    )


MARKDOWN = """\
# A heading

Write to **us** at [the desk](/test-gallery/), or *not*.

| what | how many |
|---|--:|
| threads | 12 |
| contacts | 1,204 |

- one
- two

> Quoted.

`code`
"""

link("Test elsewhere", "accounts:sign_in", icon="link", access="public")
link("Test staff elsewhere", "/admin/", icon="shield", access="staff")


@page("Test numbers", hidden=True)
def test_numbers(request: PageRequest) -> ui.Page:
    """Amounts from short to long, beside each other."""
    amounts = (5, 1234.5, 17521.6, 1752160.25, 123456789.12, 12345678901)
    return ui.Page([ui.Row([ui.Metric(f"Of {one}", value=one, format="EUR") for one in amounts])])


@page("Test tags", hidden=True)
def test_tags(request: PageRequest) -> HttpResponse:
    """Widgets that a template's tags draw one after another."""
    panel = ui.Card("All of them", [ui.SettingsPanel()])
    return TemplateResponse(request, "testapp/tags.html", {"threads": threads, "panel": panel})
