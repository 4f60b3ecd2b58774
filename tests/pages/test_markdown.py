"""What a person wrote may format; it may not run, style, load or be read by htmx."""

from __future__ import annotations

import re

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from pages import ui
from pages.markdown import LIMIT, MARKS, to_html
from tests.pages.conftest import Render

ALLOWED = re.compile(
    r"</?(?:p|br|hr|h[2-6]|strong|em|s|a|code|pre|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|img)"
    r'(?: (?:href|title|src|alt|start|class|rel)="[^"<>]*")*\s*/?>'
)


def test_it_formats() -> None:
    html = to_html("# Title\n\n**bold** *soft* ~~gone~~ `code`\n\n- one\n\n> said\n\n```py\nx\n```")
    for part in (
        "<h2>Title</h2>",
        "<strong>bold",
        "<em>soft",
        "<s>gone",
        "<code>code",
        "<li>one",
        "<blockquote>",
    ):
        assert part in html
    assert "<pre><code>x\n</code></pre>" in html


def test_headings_stay_below_the_pages_own() -> None:
    assert "<h1" not in to_html("# a") and "<h6>b</h6>" in to_html("###### b")


def test_a_table_keeps_its_alignment_without_a_style() -> None:
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th class="text-end">b</th>' in html and "style" not in html


@pytest.mark.parametrize(
    "address", ["https://a.example/x", "/desk/", "mailto:a@b.example", "tel:+41", "#part", "?a=1"]
)
def test_links_lead_where_links_may(address: str) -> None:
    assert f'href="{address}"' in to_html(f"[words]({address})")
    assert 'rel="noopener noreferrer"' in to_html("[words](https://a.example/)")


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](JAVASCRIPT:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](data:image/svg+xml,<svg onload=alert(1)>)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<div hx-get="/settings/" hx-trigger="load"></div>',
        '<a href="/" hx-post="/organization/leave/" data-hx-post="/x/">x</a>',
        '<template hx type="partial" hx-target="body">x</template>',
        "<hx-partial hx-target=body>x</hx-partial>",
        "<style>body{display:none}</style>",
        '<p style="position:fixed" onclick="x()">x</p>',
        "![x](https://evil.example/track.png)",
        "![x](//evil.example/track.png)",
        "![x](javascript:alert(1))",
        '![x](/a.png "title\\" onerror=\\"alert(1)")',
        "<!-- <script> -->",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext></mtext><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=x&gt;'>",
    ],
)
def test_nothing_runs_loads_or_reaches_htmx(text: str) -> None:
    assert_harmless(to_html(text))


def assert_harmless(html: str) -> None:
    assert "<" not in ALLOWED.sub("", html), html
    for address in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert not re.match(r"(?i)\s*(?:javascript|vbscript|data):", address), html
    for source in re.findall(r'src="([^"]*)"', html):
        assert source.startswith("/") and not source.startswith("//"), html


PIECES = st.sampled_from(
    [
        "[",
        "](",
        ")",
        "!",
        "<",
        ">",
        '"',
        "`",
        "*",
        "\n",
        "javascript:",
        "data:",
        "hx-get=",
        "onerror=",
        "script",
        "|",
        "&lt;",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_at_all_becomes_harmful(text: str) -> None:
    assert_harmless(to_html(text))


def test_a_picture_of_this_site_is_shown() -> None:
    assert '<img src="/media/a.png" alt="A">' in to_html("![A](/media/a.png)")


AS_WRITTEN = "<p>Shown as it was written: there is too much in it to be formatted.</p>"


@pytest.mark.parametrize(
    "text",
    ["x" * (LIMIT + 1), "[" * 200_000, "![" * 100_000, "*_" * 6_000, "a\n" * (MARKS + 1), "<b>" * MARKS],
    ids=["long", "brackets", "pictures", "stress", "lines", "tags"],
)
def test_what_is_too_much_to_format_is_shown_as_it_is_and_says_so(text: str) -> None:
    assert to_html(text) == f"{AS_WRITTEN}<pre>{escape(text)}</pre>"


def test_a_long_text_of_words_is_formatted() -> None:
    prose = "Some *words* and a [link](/x), and a sentence that goes on for as long as sentences do.\n\n"
    assert "<em>words</em>" in to_html(prose * 900)


@pytest.mark.parametrize("text", ["[" * 20_000, "*a " * 20_000, "> " * 5_000, "`" * 20_000, "- " * 5_000])
def test_text_that_is_meant_to_take_for_ever_does_not(text: str) -> None:
    assert_harmless(to_html(text))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_wide_table_of_short_rows_does_not_become_megabytes(end: str) -> None:
    head = end.join(["|".join("a" * 100), "|".join("-" * 100), ""])
    table = head + f"a{end}" * 655 + end
    assert len(to_html(table * 3)) < 5 * len(table * 3)


def test_a_long_table_is_one_all_the_same() -> None:
    html = to_html("| a | b | c |\n|---|---|---|\n" + "| 1 | 2 | 3 |\n" * 2_000)
    assert html.count("<tr>") == 2_001


def test_the_widget_shields_its_words_from_htmx(render: Render) -> None:
    assert "hx-ignore><p>Hello</p>" in render(ui.Markdown("Hello"))
