"""The element that follows what it shows carries its topics, and nothing else is touched."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from capsule.errors import NoIdentity
from capsule.identity import Identity, acting_as
from live.marking import attributes_of, live_element, marked
from live.tokens import topics_in
from live.topics import Topic
from live.tracking import Reads, note
from tests.live.talking import touch

THREADS = Topic("collection", "threads", "app")
NOBODY = Identity()


class Attributes(HTMLParser):
    """The attributes of each element, by its id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.by_id[found.get("id") or ""] = found


def test_topics_and_digest_stand_on_the_element() -> None:
    with acting_as(NOBODY):
        html = marked(SafeString('<div id="a"><p id="b"></p></div>'), "a", Reads({THREADS: 3}), digest="5f")
    found = Attributes(html).by_id
    assert topics_in(found["a"]["data-live"] or "", NOBODY) == {"collection:threads:app": 3}
    assert found["a"]["data-digest"] == "5f"
    assert found["b"] == {"id": "b"}


def test_without_topics_and_digest_nothing_changes() -> None:
    html = SafeString('<div id="a"></div>')
    assert marked(html, "a", Reads()) is html


@pytest.mark.parametrize("dom_id", ["", "b", "A"])
def test_what_is_not_there_is_not_marked(dom_id: str) -> None:
    html = SafeString('<div id="a"></div>')
    with acting_as(NOBODY):
        assert marked(html, dom_id, Reads({THREADS: 3})) is html


def test_only_the_first_is_marked() -> None:
    with acting_as(NOBODY):
        html = marked(SafeString('<div id="a"><i id="a"></i></div>'), "a", Reads({THREADS: 3}))
    assert html.count("data-live") == 1 and html.startswith('<div id="a" data-live=')


@pytest.mark.parametrize("dom_id", ['a"b', "a&b", "a<b>", "a'b", "ü☃", "a b"])
def test_an_id_is_found_as_templates_write_it(dom_id: str) -> None:
    with acting_as(NOBODY):
        html = marked(format_html('<div id="{}"></div>', dom_id), dom_id, Reads({THREADS: 3}))
    assert "data-live" in Attributes(html).by_id[dom_id]


def test_text_that_looks_like_an_id_is_not_taken_for_one() -> None:
    text = format_html('<p title="{}">{}</p>', 'id="a"', 'id="a"')
    with acting_as(NOBODY):
        html = marked(format_html('<div>{}<b id="a"></b></div>', text), "a", Reads({THREADS: 3}))
    assert html.startswith(f"<div>{text}") and "data-live" in Attributes(html).by_id["a"]


def test_it_is_asked_for_again_whatever_it_read() -> None:
    with acting_as(NOBODY):
        html = marked(SafeString('<div id="a"></div>'), "a", Reads(), every=30.0)
    assert html == '<div id="a" data-refresh="30"></div>'


def test_what_is_signed_and_digested_is_escaped() -> None:
    with acting_as(NOBODY):
        text = attributes_of(Reads({Topic("collection", '"><script>', "app"): 1}), digest='"><b>')
    assert "<" not in text and text.count('"') == 4
    assert 'collection:"><script>:app=1' in unescape(text)


def test_nobody_can_be_signed_for_where_nobody_acts() -> None:
    with pytest.raises(NoIdentity):
        marked(SafeString('<div id="a"></div>'), "a", Reads({THREADS: 3}))


@pytest.mark.django_db
def test_an_element_of_an_ordinary_view_follows_what_it_reads() -> None:
    touch(THREADS)

    def render() -> SafeString:
        note(THREADS)
        return SafeString('<ul id="list"></ul>')

    with acting_as(NOBODY):
        html = live_element("list", render)
    token = Attributes(html).by_id["list"]["data-live"] or ""
    assert topics_in(token, NOBODY) == {"collection:threads:app": 1}


def test_an_element_that_reads_nothing_is_left_alone() -> None:
    html = SafeString('<ul id="list"></ul>')
    assert live_element("list", lambda: html) is html
