"""Text, Markdown, pictures, empty states and progress: what they say, and what they refuse."""

from __future__ import annotations

from html import unescape

import pytest

from pages import ui
from tests.pages.conftest import Render

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> \x00 \u202e {% now %}"
SCRIPT_ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "http://[broken",
]


@pytest.mark.parametrize(
    "widget",
    [
        ui.Text(HOSTILE),
        ui.Text(HOSTILE, heading=2),
        ui.Image("a.png", alt=HOSTILE, caption=HOSTILE),
        ui.ImageGallery([ui.Image("a.png", alt=HOSTILE, caption=HOSTILE)], label=HOSTILE),
        ui.EmptyState(HOSTILE, HOSTILE, action=HOSTILE, href="/x/"),
        ui.Progress(1, label=HOSTILE),
        ui.Markdown(HOSTILE),
    ],
    ids=lambda widget: type(widget).__name__,
)
def test_hostile_words_stay_words(widget: ui.Text, render: Render) -> None:
    html = render(widget)
    assert "<script" not in html and "<img src=x" not in html and 'onerror="' not in html
    assert "alert(1)" in html


def test_text_keeps_its_lines_and_can_be_quiet_or_a_heading(render: Render) -> None:
    assert "one\ntwo" in render(ui.Text("one\ntwo"))
    assert "text-secondary" in render(ui.Text("quiet", muted=True))
    assert [render(ui.Text("x", heading=level))[1:3] for level in (2, 3, 4)] == ["h2", "h3", "h4"]


def test_an_image_says_what_it_shows_and_reserves_its_place(render: Render) -> None:
    html = render(ui.Image("capsule/logo.svg", alt="A desk", caption="The desk", width=40, height=30))
    assert 'src="/static/capsule/logo.svg" alt="A desk" width="40" height="30"' in html
    assert "<figcaption" in html and "The desk" in html


def test_an_image_needs_its_words() -> None:
    with pytest.raises(TypeError, match="alt"):
        ui.Image("a.png")  # type: ignore[call-arg]


@pytest.mark.parametrize("source", ["/media/a.png", "data:image/png;base64,AAAA"])
def test_an_image_of_this_site_is_shown(source: str, render: Render) -> None:
    assert f'src="{source}"' in render(ui.Image(source, alt="A"))


@pytest.mark.parametrize(
    "source",
    ["https://evil.example/a.png", "//evil.example/a.png", "/\\evil.example/a.png", "", *SCRIPT_ADDRESSES],
)
def test_an_image_of_another_site_says_why_it_is_not_shown(source: str, render: Render) -> None:
    html = render(ui.Image(source, alt="A"))
    assert "This picture is not of this site" in html and "<img" not in html


def test_a_gallery_links_each_picture_to_itself(render: Render) -> None:
    html = render(ui.ImageGallery([ui.Image("a.png", alt="A"), ui.Image("/b.png", alt="B", caption="Bee")]))
    assert html.count("<li>") == 2 and 'href="/static/a.png"' in html and 'href="/b.png"' in html
    assert 'alt="A"' in html and "Bee" in html and 'aria-label="Pictures"' in html


def test_one_bad_picture_of_a_gallery_is_said(render: Render) -> None:
    html = render(ui.ImageGallery([ui.Image("a.png", alt="A"), ui.Image("https://evil.example/", alt="B")]))
    assert "This picture is not of this site" in html and "evil.example" not in html


def test_an_empty_state_says_what_to_do_next(render: Render) -> None:
    html = render(
        ui.EmptyState("Nothing yet", "It comes.", icon="mail", action="Add one", href="/add/?a=1&b=2")
    )
    assert "Nothing yet" in html and "It comes." in html and 'href="/add/?a=1&amp;b=2"' in html
    assert "<a " not in render(ui.EmptyState("Nothing yet"))


@pytest.mark.parametrize("address", SCRIPT_ADDRESSES)
def test_an_empty_state_refuses_an_address_that_runs(address: str, render: Render) -> None:
    html = render(ui.EmptyState("Nothing", action="Go", href=address))
    assert "cannot be used" in html and "href" not in html


@pytest.mark.parametrize(
    ("value", "most", "percent"), [(0, 100, 0), (1, 3, 33), (99.99, 100, 99), (100, 100, 100), (7, 5, 100)]
)
def test_progress_rounds_down_so_that_100_means_done(
    value: float, most: float, percent: int, render: Render
) -> None:
    html = render(ui.Progress(value, max=most, label="Imported"))
    assert (
        f'value="{percent}" max="100"' in html and f"{percent} %" in html and 'aria-label="Imported"' in html
    )


def test_progress_that_nobody_knows_has_no_value(render: Render) -> None:
    html = render(ui.Progress(None))
    assert "value=" not in html and 'aria-label="Progress"' in html


@pytest.mark.parametrize(
    ("value", "most"), [(-1, 100), (float("nan"), 1), (1, 0), (1, -5), (1, float("inf"))]
)
def test_progress_refuses_what_is_no_share(value: float, most: float, render: Render) -> None:
    assert "Progress needs a value" in unescape(render(ui.Progress(value, max=most)))
