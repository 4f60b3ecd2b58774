"""A page that is open is sent what is new on it, and what is not sent is not evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capsule.identity import Identity, acting_as
from capsule.widgets import Widget
from live.models import TopicVersion
from live.tokens import topics_in
from live.topics import Topic
from live.tracking import note
from live.versions import version_of
from pages import ui
from pages.declarations import PageDeclaration
from pages.rendering import render_widget
from pages.serving import serve
from tests.live.talking import touch
from tests.pages.conftest import MakeRequest
from tests.testapp.declared.pages import EVALUATED, Probe

pytestmark = pytest.mark.django_db

A, B, C, PAGE = (Topic("collection", name, "app") for name in ("a", "b", "c", "page"))
NOBODY = Identity()


@dataclass(frozen=True)
class Reading(Widget):
    """Shows the version of a topic, as a table shows the rows of a collection."""

    kind: ClassVar[str] = "reading"
    topic: Topic
    words: str = ""
    fails: bool = False

    @property
    def name(self) -> str:
        return self.key or self.topic.name

    def render(self, request: HttpRequest) -> SafeString:
        EVALUATED[self.name] += 1
        note(self.topic)
        if self.fails:
            raise RuntimeError
        return format_html('<p id="{}">{}{}</p>', self.dom_id, self.words, version_of(self.topic))


@dataclass(frozen=True)
class Panel(Widget):
    """Holds others, and reads something itself."""

    kind: ClassVar[str] = "panel"
    topic: Topic
    inside: tuple[Widget, ...] = ()

    @property
    def name(self) -> str:
        return self.key or self.topic.name

    def children(self) -> tuple[Widget, ...]:
        return self.inside

    def render(self, request: HttpRequest) -> SafeString:
        EVALUATED[f"panel {self.name}"] += 1
        note(self.topic)
        inside = format_html_join("", "{}", ((render_widget(one, request),) for one in self.inside))
        return format_html('<section id="{}">{}{}</section>', self.dom_id, version_of(self.topic), inside)


TAG = re.compile(r"<(?P<tag>main|p|div|section|template)\b(?P<attributes>[^>]*)>(?P<inside>[^<]*)")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass
class Open:
    """A page that is open in a browser, as its client keeps it: see static/live/refresh.js."""

    make_request: MakeRequest
    page: Callable[[HttpRequest], Widget]
    path: str = "/somewhere/"
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    html: str = ""

    def load(self) -> Open:
        """Load the whole page."""
        self.parts = self._parts(self._get({}))
        return self

    def refresh(self, *stale: str) -> set[str]:
        """Ask for what is new, and put it in; the ids of what was sent."""
        html = self._get({"HX-Request": "true", "Capsule-Refresh": self._asked(set(stale))})
        found = self._parts(html)
        if "main" in found:
            self.parts = {
                dom_id: self.parts[dom_id] if "data-same" in one else one for dom_id, one in found.items()
            }
            return {dom_id for dom_id, one in found.items() if "data-same" not in one}
        self.parts["main"] |= found.pop("", {}) | {"tag": "main"}
        assert found.keys() <= self.parts.keys(), "where the shape is the same, nothing comes or goes"
        self.parts |= found
        return set(found)

    def follow(self) -> set[str]:
        """Refresh what has topics with newer versions, as when the socket has told of them."""
        return self.refresh(*[dom_id for dom_id in self.parts if self._is_stale(dom_id)])

    def topics(self, dom_id: str) -> dict[str, int]:
        token = self.parts[dom_id].get("data-live")
        return topics_in(token, NOBODY) if token else {}

    def text(self, dom_id: str) -> str:
        return self.parts[dom_id]["text"]

    def _is_stale(self, dom_id: str) -> bool:
        known = self.topics(dom_id)
        return any(version_of(Topic.named(name)) > version for name, version in known.items())

    def _asked(self, stale: set[str]) -> str:
        known = {dom_id for dom_id, one in self.parts.items() if "data-digest" in one}
        return " ".join(
            f"{quote(dom_id)}={self.parts.get(dom_id, {}).get('data-digest', '')}{'!' * (dom_id in stale)}"
            for dom_id in [*known, *(stale - known)]
        )

    def _get(self, headers: dict[str, str]) -> str:
        declaration = PageDeclaration(
            "here", "Here", self.page, "file", "x/", None, "public", True, __name__, 1
        )
        request: Any = self.make_request(self.path, **headers)
        with acting_as(NOBODY):
            self.html = serve(declaration, request).content.decode()  # type: ignore[attr-defined]
        return self.html

    def _parts(self, html: str) -> dict[str, dict[str, str]]:
        found = {}
        for match in TAG.finditer(html):
            attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(match["attributes"])}
            is_page = "data-page" in attributes
            if (
                is_page
                or "data-digest" in attributes
                or "data-live" in attributes
                or "data-same" in attributes
            ):
                found[attributes.get("id", "")] = {
                    **attributes,
                    "tag": match["tag"],
                    "text": match["inside"].strip(),
                }
        return found


@pytest.fixture
def opened(make_request: MakeRequest) -> Callable[..., Open]:
    def load(page: Callable[[HttpRequest], Widget], path: str = "/somewhere/") -> Open:
        found = Open(make_request, page, path).load()
        EVALUATED.clear()
        return found

    return load


Opened = Callable[..., Open]


def always(*widgets: Widget) -> Callable[[HttpRequest], Widget]:
    return lambda request: ui.Page(list(widgets))


# What is sent ----------------------------------------------------------------------------------------


def test_a_whole_page_says_of_each_part_what_it_reads_and_what_it_is(opened: Opened) -> None:
    touch(B)

    def page(request: HttpRequest) -> Widget:
        note(PAGE)
        return ui.Page([ui.Row([Reading(A), Reading(B)]), Probe("still")])

    here = opened(page)
    assert here.topics("reading-a") == {str(A): 0}
    assert here.topics("reading-b") == {str(B): 1}
    assert here.topics("main") == {str(PAGE): 0}
    assert here.topics("probe-still") == {}
    assert all("data-digest" in one for one in here.parts.values()) and len(here.parts) == 4


def test_where_nothing_is_new_nothing_is_sent_or_evaluated(opened: Opened) -> None:
    here = opened(always(Reading(A), Probe("still")))
    assert here.refresh() == set()
    assert EVALUATED == {}


def test_only_what_is_stale_is_sent_and_evaluated(opened: Opened) -> None:
    here = opened(always(ui.Row([Reading(A), ui.Card("In a card", [Reading(B)])]), Reading(C)))
    touch(B)
    assert here.follow() == {"reading-b"}
    assert EVALUATED == {"b": 1}
    assert here.text("reading-b") == "1" and here.topics("reading-b") == {str(B): 1}
    assert here.follow() == set()


def test_a_change_of_the_pages_own_topic_runs_its_function_and_renders_what_is_new(opened: Opened) -> None:
    runs: list[int] = []

    def page(request: HttpRequest) -> Widget:
        note(PAGE)
        runs.append(version_of(PAGE))
        return ui.Page([Reading(A, words=f"of {runs[-1]}: "), Reading(B), Probe("still")])

    here = opened(page)
    touch(PAGE)
    assert here.follow() == {"reading-a"}
    assert runs == [0, 1] and EVALUATED == {"a": 1}
    assert here.text("reading-a") == "of 1: 0" and here.topics("main") == {str(PAGE): 1}
    assert here.follow() == set()


def test_what_changed_along_with_a_stale_part_comes_too(opened: Opened) -> None:
    words = ["before "]
    here = opened(lambda request: ui.Page([Reading(A), Reading(B, words=words[0]), Reading(C)]))
    words[0] = "after "
    touch(A)
    assert here.follow() == {"reading-a", "reading-b"}
    assert EVALUATED == {"a": 1, "b": 1}


def test_another_shape_is_the_whole_page_without_what_is_the_same(opened: Opened) -> None:
    shown: list[Widget] = [Reading(A), Reading(B), Probe("goes")]
    here = opened(lambda request: ui.Page(shown))
    shown[:] = [Probe("new"), ui.Card("A card around it", [Reading(B)]), Reading(A, words="other ")]
    assert here.refresh() == {"main", "probe-new", "reading-a"}
    assert EVALUATED == {"new": 1, "a": 1}
    assert '<template data-same id="reading-b"></template>' in here.html
    assert list(here.parts) == ["main", "probe-new", "reading-b", "reading-a"]
    assert here.refresh() == set()


def test_of_another_shape_what_is_stale_comes_too(opened: Opened) -> None:
    shown: list[Widget] = [Reading(A), Reading(B)]
    here = opened(lambda request: ui.Page(shown))
    shown.append(Probe("new"))
    touch(B)
    assert here.follow() == {"main", "probe-new", "reading-b"}
    assert here.text("reading-b") == "1" and EVALUATED == {"new": 1, "b": 1}


@pytest.mark.parametrize(
    "after",
    [
        lambda: ui.Page([Reading(B), Reading(A)]),
        lambda: ui.Page([Reading(A)]),
        lambda: ui.Page([ui.Row([Reading(A), Reading(B)])]),
        lambda: ui.Page([Reading(A), Reading(B)], title="Another"),
        lambda: ui.Page([Reading(A), Reading(B)], actions=[Probe("act")]),
        lambda: ui.Page([Reading(A), Reading(B), ui.Text("words without a key")]),
    ],
    ids=["order", "fewer", "arrangement", "title", "actions", "words"],
)
def test_what_is_another_shape(after: Callable[[], Widget], opened: Opened) -> None:
    pages: list[Callable[[], Widget]] = [lambda: ui.Page([Reading(A), Reading(B)])]
    here = opened(lambda request: pages[0]())
    pages[0] = after
    assert "main" in here.refresh()
    assert not EVALUATED.keys() & {"a", "b"}


def test_a_part_that_is_gone_is_not_asked_for_again(opened: Opened) -> None:
    shown: list[Widget] = [Reading(A), Reading(B)]
    here = opened(lambda request: ui.Page(shown))
    del shown[1]
    touch(B)
    here.follow()
    assert "reading-b" not in here.parts and EVALUATED == {}


def test_what_no_open_tab_shows_is_not_evaluated(opened: Opened) -> None:
    tabs = ui.Tabs({"First": [Reading(A)], "Second": [Reading(B)]})
    here = opened(always(tabs), path="/somewhere/?tab=second")
    touch(A, B)
    assert here.refresh("reading-a", "reading-b") == {"reading-b"}
    assert EVALUATED == {"b": 1}


def test_actions_are_parts_too(opened: Opened) -> None:
    here = opened(lambda request: ui.Page([Reading(A)], actions=[Reading(B)]))
    touch(B)
    assert here.follow() == {"reading-b"}


def test_what_holds_others_and_reads_itself_comes_once_with_all_inside(opened: Opened) -> None:
    """All of them are stale: what stands inside must not be rendered a second time beside its holder."""
    inside = Panel(B, (Reading(C),))
    here = opened(always(Panel(A, (inside, Reading(Topic("collection", "d", "app"))))))
    touch(A, B, C)
    html_before = here.html
    here.follow()
    assert here.html.count('id="reading-c"') == 1 and "have the key" not in here.html + html_before
    assert EVALUATED == {"panel a": 1, "panel b": 1, "c": 1, "d": 1}
    assert here.text("panel-a") == here.text("panel-b") == here.text("reading-c") == "1"
    touch(B)
    assert here.follow() == {"panel-b", "reading-c"}


# What fails ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [True, False])
def test_what_fails_follows_what_it_read(fails: bool, opened: Opened) -> None:
    broken = [True]
    here = opened(lambda request: ui.Page([Reading(A, fails=broken[0]), Reading(B)]))
    assert here.topics("reading-a") == {str(A): 0} and "could not be shown" in here.html
    broken[0] = fails
    touch(A)
    assert here.follow() == {"reading-a"}
    assert ("could not be shown" in here.html) is fails
    assert here.topics("reading-a") == {str(A): 1}


def test_of_two_with_one_key_the_page_says_so_after_a_refresh_too(opened: Opened) -> None:
    here = opened(always(Reading(A), Reading(A, words="again ")))
    assert here.html.count("have the key") == 1
    here.refresh("reading-a")
    assert here.html.count("have the key") == 1


@pytest.mark.parametrize(
    "header", ["", "!", "=", "main", "main=!", "%", "reading-a", "a=b " * 500, "main=1! main=2", "ü=1"]
)
def test_whatever_is_asked_is_answered(header: str, opened: Opened) -> None:
    here = opened(always(Reading(A), Panel(B, (Reading(C),))))
    html = here._get({"HX-Request": "true", "Capsule-Refresh": header})
    assert 'id="reading-a"' in html and "have the key" not in html


# What is kept apart ----------------------------------------------------------------------------------


def test_a_digest_says_nothing_of_who_looks(alice_client: Client, bob_client: Client) -> None:
    pages = [client.get("/test-desk/").content.decode() for client in (alice_client, bob_client)]
    digests = [re.findall(r'data-digest="(\w+)"', html) for html in pages]
    assert digests[0] == digests[1] and len(digests[0]) > 3
    tokens = [set(re.findall(r'data-live="([^"]+)"', html)) for html in pages]
    assert all(tokens) and not tokens[0] & tokens[1]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "Capsule-Refresh": "main=1"}])
def test_no_cache_takes_a_part_for_the_page(headers: dict[str, str], alice_client: Client) -> None:
    response = alice_client.get("/test-probes/", headers=headers)
    varied = {name.strip() for name in response["Vary"].split(",")}
    assert {"Cookie", "HX-Request", "HX-Target", "Capsule-Refresh"} <= varied
    assert {"private", "no-cache"} <= {word.strip() for word in response["Cache-Control"].split(",")}


# All of it -------------------------------------------------------------------------------------------

Shown = list[tuple[str, str, bool]]  # topic, words, within a panel
shown_at_once = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x "]), st.booleans()),
    max_size=3,
    unique_by=lambda one: one[0],
)
steps = st.tuples(shown_at_once, st.sets(st.sampled_from("abc")), st.booleans())


def widgets_of(shown: Shown) -> Iterator[Widget]:
    for name, words, is_within in shown:
        topic = Topic("collection", name, "app")
        reading = Reading(topic, words=words)
        yield Panel(topic, (reading,)) if is_within else reading


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=shown_at_once, changes=st.lists(steps, min_size=1, max_size=6))
def test_whoever_follows_sees_what_a_fresh_page_shows(
    first: Shown, changes: list[tuple[Shown, set[str], bool]], make_request: MakeRequest
) -> None:
    TopicVersion.objects.all().delete()
    now = {"shown": first}

    def page(request: HttpRequest) -> Widget:
        note(PAGE)
        return ui.Page(list(widgets_of(now["shown"])))

    here = Open(make_request, page).load()
    for shown, changed, is_other in changes:
        if is_other:
            now["shown"] = shown
            touch(PAGE)
        touch(*(Topic("collection", name, "app") for name in changed))
        here.follow()
        fresh = Open(make_request, page).load()
        assert {dom_id: one["text"] for dom_id, one in here.parts.items()} == {
            dom_id: one["text"] for dom_id, one in fresh.parts.items()
        }
        assert here.follow() == set(), "it is not asked for what it has"
