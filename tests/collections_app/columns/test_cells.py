"""Whatever a document holds, a cell is escaped HTML, and never an error."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from collections_app.columns import cell_of, column_type_of, column_types
from collections_app.columns.status import COLORS, KNOWN, StatusColumn, color_of, colors_of
from collections_app.declarations import COLUMN_TYPES, Column
from tests.hostile import HOSTILE

DAY = "2026-11-23"

ODD: list[Any] = [
    None, "", 0, -1, 1.5, True, False, [], ["<b>"], [None, 1], {}, {"a": "<b>"}, 10**30, float("inf"),
    [["<i>"]],
    {"_type": "file", "label": "<b>x</b>"}, {"_type": "file"}, "x" * 5000, "é" * 400, "2026-02-30", "\ud800",
]  # fmt: skip
TAGS = {"a", "bdi", "div", "meter", "path", "span", "svg", "time"}
ATTRIBUTES = {
    "aria-hidden", "aria-label", "class", "data-relative", "datetime", "dir", "href", "max", "min", "rel",
    "role", "target", "title", "value",
    "d", "fill", "height", "stroke", "stroke-linecap", "stroke-linejoin", "stroke-width", "viewbox", "width",
}  # fmt: skip


class Reader(HTMLParser):
    """Reads a cell as a browser would, and notes what it finds there."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.hrefs: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)
        self.hrefs += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def column(kind: str, **more: Any) -> Column:
    return Column("key", type=kind, **more)


def cell(kind: str, value: Any, **more: Any) -> str:
    found = column(kind, **more)
    return column_type_of(found).cell(found)(value)


def whole(kind: str, value: Any, **more: Any) -> str:
    return cell_of(column(kind, **more), {"key": value})


def assert_harmless(html: str) -> None:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.tags <= TAGS, html
    assert reader.attributes <= ATTRIBUTES, html
    for href in reader.hrefs:
        assert re.match(r"https?://[^@/?#\\]+([/?#][^\\]*)?$|mailto:|tel:|/(?![/\\])", href), html


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_no_markup_of_others_gets_through(kind: str) -> None:
    for payload in HOSTILE:
        for value in (payload, [payload], {"_type": "file", "label": payload}, {payload: [payload]}):
            assert_harmless(cell(kind, value))
            assert_harmless(whole(kind, value))


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_an_option_and_a_format_are_no_markup_either(kind: str) -> None:
    for payload in HOSTILE:
        assert_harmless(cell(kind, "x", options=[payload]))
        assert_harmless(cell(kind, {"date": "2026-11-23", "currency": "1"}.get(kind, 1), format=payload))


@pytest.mark.parametrize("kind", COLUMN_TYPES)
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:30])
def test_values_of_another_type_are_shown_and_never_an_error(kind: str, value: Any) -> None:
    for html in (cell(kind, value), whole(kind, value)):
        assert_harmless(html)
        assert "None" not in html or isinstance(value, list)
        assert html.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(COLUMN_TYPES), value=JSON)
def test_any_json_in_any_column_is_harmless(kind: str, value: Any) -> None:
    assert_harmless(cell(kind, value))
    assert_harmless(whole(kind, value))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(COLUMN_TYPES), st.text(st.sampled_from("<>&\"'`ab :/@.\u202e\u05d0"), max_size=60))
def test_what_was_typed_is_what_is_read(kind: str, text: str) -> None:
    """Escaped once, neither less nor more: a browser reads the very text again."""
    reader = Reader()
    reader.feed(cell(kind, text))
    reader.close()
    assert kind == "link" or text in reader.texts or not text


@settings(deadline=None)
@given(word=st.text(min_size=1, max_size=60))
def test_the_same_word_has_the_same_colour_everywhere(word: str) -> None:
    one, another = cell("status", word), cell("status", word, options=[word, "another"])
    colors = {found for html in (one, another) for found in re.findall(r"pill-(\w+)", html)}
    assert colors == {color_of(word)} == {color_of(f" {word} ")}
    assert color_of(word) in {*COLORS, *KNOWN}


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_a_missing_value_is_a_quiet_dash(kind: str) -> None:
    assert 'aria-label="missing"' in cell(kind, None)


def test_every_type_of_the_contract_is_registered() -> None:
    of_models = ["choice", "reference", "references", "rendered"]
    assert sorted(column_types.names()) == sorted([*COLUMN_TYPES, *of_models])


@pytest.mark.parametrize(
    ("format", "value", "shown"),
    [
        (None, 1204, "1,204"),
        (None, -1234.5, "-1,234.5"),
        (None, 0.1 + 0.2, "0.3"),
        ("bytes", 0, "0 B"),
        ("bytes", 1023, "1,023 B"),
        ("bytes", 1024, "1.0 KiB"),
        ("bytes", 1377557908, "1.3 GiB"),
        ("bytes", 200 * 1024**2, "200 MiB"),
        ("percent", 0.973, "97.3%"),
        ("percent", 1, "100%"),
        ("0.00", 1234.5, "1,234.50"),
        ("0.0%", 0.5, "50.0%"),
        ("0", 1234.5, "1,234"),
        ("number", 1234.567, "1,234.57"),
        ("EUR", 1234.5, "€1,234.50"),
        ("plain", 2026, "2026"),
        ("nothing like it", 2026, "2,026"),
    ],
)
def test_numbers_are_written_by_their_format(format: str | None, value: float, shown: str) -> None:
    assert cell("number", value, format=format) == shown


def test_numbers_follow_the_language() -> None:
    with translation.override("de"):
        assert cell("number", 1234567.5) == "1.234.567,5"
        assert cell("currency", "1204.5", format="EUR") == "1.204,50\N{NO-BREAK SPACE}€"
    with translation.override("hi"):
        assert cell("number", 1234567) == "12,34,567"


@pytest.mark.parametrize(
    ("format", "value", "shown"),
    [
        ("EUR", "1204.5", "€1,204.50"),
        ("EUR", "-3", "-€3.00"),
        ("JPY", "1204", "¥1,204"),
        ("CHF", "12.345", "CHF\N{NO-BREAK SPACE}12.345"),
        (None, "12", "12.00"),
        ("EUR", "123456789012345678901234567890", "€123,456,789,012,345,678,901,234,567,890.00"),
        ("€", "12.5", "€12.50"),
        ("KWD", "1.5", "KWD\N{NO-BREAK SPACE}1.500"),
        ("<b>", "1", "1.00"),
    ],
)
def test_money_is_exact(format: str | None, value: str, shown: str) -> None:
    assert cell("currency", value, format=format) == shown


def test_a_date_is_in_the_persons_time_zone() -> None:
    moment = "2026-11-23T10:00:00.000000Z"
    with timezone.override("Europe/Paris"):
        assert (
            cell("date", moment, format="datetime")
            == f'<time datetime="{moment}">Nov. 23, 2026, 11:00</time>'
        )
        assert 'data-relative="week"' in cell("date", moment) and 'data-relative="week"' in cell("date", DAY)
        assert 'data-relative="always"' in cell("date", moment, format="relative")
        # What is not exact in its text is so in its title.
        assert 'title="Nov. 23, 2026, 11:00"' in cell("date", moment, format="date")
        assert 'title="Nov. 23, 2026, 11:00"' in cell("date", moment, format="F Y")
        assert ">11:00 CET<" in cell("date", moment, format="H:i T")
        # Nobody said at what time of the day.
        assert ">Nov. 23, 2026<" in cell("date", DAY, format="j M Y, H:i")
        assert ">Nov. 23, 2026, 11:00<" in cell("date", "2026-11-23T10:00:00.000000Z")
        assert 'datetime="2026-11-23T10:00:00.000000Z"' in cell("date", "2026-11-23T10:00:00.000000Z")
        assert ">Nov. 23, 2026<" in cell("date", "2026-11-23T10:00:00.000000Z", format="date")
        assert ">2026/11/23<" in cell("date", "2026-11-23", format="Y/m/d")
        assert ">Mon 23<" in cell("date", "2026-11-23", format="D j")


def test_a_link_shows_its_host_and_opens_safely() -> None:
    html = cell("link", "https://www.Example.com:8080/a?b=1&c=2#d")
    assert ">example.com</a>" in html
    assert 'rel="noopener noreferrer"' in html
    assert 'href="https://www.Example.com:8080/a?b=1&amp;c=2#d"' in html
    assert cell("link", "ftp://example.com/x") == "ftp://example.com/x"
    assert 'href="/here"' in cell("link", "/here")


def test_a_status_has_one_colour_everywhere() -> None:
    assert color_of("Open") == color_of("open") == "green"
    assert color_of("in progress") == color_of("in_progress")
    assert color_of("a word nobody knows") in COLORS
    assert "pill-green" in cell("status", "open")


def test_what_does_not_fit_is_shown_as_it_is_with_the_reason() -> None:
    html = cell("number", "many")
    assert ">many<" in html
    assert 'title="Does not fit this column: Enter a number."' in html
    assert "holds it as 12." in cell("number", "12")  # no filter finds it, and no sum has it
    assert "Choose one of: new." in cell("status", "old", options=["new"])
    assert 'class="pill pill-' in cell("status", "old", options=["new"])
    assert "Choose one of: new." in cell("tags", ["new", "old"], options=["new"])
    assert "Enter a number from 0 to 5." in cell("score", 6, format="5")
    assert "Choose one of" in cell("text", "old", options=["new"])
    assert "Add a time zone" in cell("date", "2026-11-23T10:00:00")


def test_text_from_right_to_left_is_isolated() -> None:
    assert cell("text", "שלום") == "<bdi>שלום</bdi>"
    assert 'dir="auto"' in cell("text", "שלום " * 20)
    assert "<bdi>" in cell("status", "مفتوح") and "<bdi>" in cell("tags", ["حرائق"])
    assert "<bdi>" not in cell("text", "Müller")
    # An end that turns what is shown is no link: it could only deceive.
    assert "href" not in cell("link", "https://evil.example/\u202egpj.exe")
    assert "href" not in cell("email", "a\u202e@b.co")


def test_by_itself_a_value_stands_whole() -> None:
    text = "two\nlines " * 200
    assert text in whole("text", text)
    assert whole("tags", ["a", "b", "c", "d", "e"]).count('class="chip"') == 5
    assert ">https://www.example.com/a<" in whole("link", "https://www.example.com/a")


def test_tags_are_few_and_the_rest_is_told() -> None:
    html = cell("tags", ["a", "b", "c", "d", "e"])
    assert html.count('class="chip"') == 3
    assert 'title="d, e"' in html
    assert "+2" in html


def test_booleans_and_scores_can_be_heard() -> None:
    assert 'aria-label="Yes"' in cell("boolean", True)
    assert 'aria-label="No"' in cell("boolean", False)
    assert cell("boolean", False) != cell("boolean", None).replace("missing", "No")
    assert 'value="3.5"' in cell("score", 3.5, format="5")
    assert 'max="5"' in cell("score", 3.5, format="5")


def test_a_long_text_is_cut_and_whole_in_its_title() -> None:
    html = cell("text", "word " * 150)
    assert html.count("word") == 150 + 60
    assert len(cell("text", "x" * 1_000_000)) < 2000


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("text", None, ""),
        ("number", 5, "5"),
        ("boolean", True, "true"),
        ("tags", ["a", "b"], "a, b"),
        ("file", {"_type": "file", "label": "x.pdf"}, "x.pdf"),
    ],
)
def test_export_gives_plain_text(kind: str, value: Any, text: str) -> None:
    assert column_type_of(column(kind)).export(column(kind), value) == text


@pytest.mark.parametrize(
    ("kind", "format", "is_fine"),
    [
        ("number", "bytes", True), ("number", "0.000", True), ("number", "nope", False),
        ("number", ".2", False), ("number", "CHF", True), ("number", "0.0%", True),
        ("text", "multiline", True),
        ("text", "x", False), ("currency", "EUR", True), ("currency", "euros", False), ("date", "j M", True),
        ("currency", "€", True), ("currency", "ABC", False), ("date", "relative", True),
        ("date", "DD.MM.", False), ("date", "%d.%m.", False), ("date", "relativ", False),
        ("date", " ", False), ("score", "5", True), ("score", "-1", False), ("score", "x", False),
        ("tags", "x", False), ("link", None, True),
    ],
)  # fmt: skip
def test_a_format_that_its_type_does_not_have_is_told(kind: str, format: str | None, is_fine: bool) -> None:
    found = column(kind, format=format)
    assert (column_type_of(found).problem_with(found) is None) is is_fine


def test_two_options_of_a_column_share_no_colour_but_what_they_mean() -> None:
    assert color_of("Katze") == color_of("Kaninchen")
    animals = colors_of(["Hund", "Katze", "Kaninchen", "Vogel", "open", "active"])
    assert animals["Katze"] == color_of("Katze") != animals["Kaninchen"]
    assert animals["open"] == animals["active"] == "green"
    assert len(set(animals.values())) == len(animals) - 1
    many = colors_of([f"word {number}" for number in range(30)])
    assert set(many.values()) == set(COLORS), "where there are more words than colours"
    column = Column("animal", type="status", options=["Katze", "Kaninchen"])
    cell = StatusColumn().cell(column)
    assert f"pill-{animals['Kaninchen']}" in cell("Kaninchen") and f"pill-{animals['Katze']}" in cell("Katze")
