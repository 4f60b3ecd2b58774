"""The tree of a page: what templates write, what authors leave open, and whatever else."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_testing.elements import parse


@given(st.text())
def test_any_text_is_read_and_what_is_escaped_is_its_own(text: str) -> None:
    parse(text)
    parse(f"<p class={text}>{text}</p></div><")
    assert parse(f"<p>{escape(text)}</p>").text == " ".join(text.split())
    found = parse(f'<input value="{escape(text)}">').first("input")
    assert found is not None and found.get("value") == text


@pytest.mark.parametrize(
    ("html", "items"),
    [
        ("<ul><li>one<li>two</ul><p>after", ["one", "two"]),
        ("<ul><li>one</li><li>two <b>bold</li></ul>", ["one", "two bold"]),
        ("<table><tr><li>one</table><li>two", ["one", "two"]),
        ("<ul></b><li>one<br>more</li></ul>", ["one more"]),
    ],
)
def test_what_is_left_open_ends_where_it_must(html: str, items: list[str]) -> None:
    assert [one.text for one in parse(html).all("li")] == items


def test_nothing_is_looked_for_where_nobody_reads() -> None:
    root = parse(
        '<script>"<b>no</b>"</script><template><b>no</b></template><!-- <b>no</b> --><svg><b>no</b></svg>'
        '<title>A &amp; <b></title><textarea name="t">\n&lt;b&gt; kept</textarea>'
        "<b title='a \"quote\"'>yes</b>"
    )
    assert [one.text for one in root.all("b")] == ["yes"]
    assert root.text == "A & <b> <b> kept yes"
    assert [one.get("title") for one in root.all("b[title]")] == ['a "quote"']


def test_a_selector_names_tag_id_class_and_attribute() -> None:
    root = parse('<p id="a" class="x y"><a class="xy" href="/?b=1&amp;c">go</a></p>')
    assert [len(root.all(one)) for one in ("p", "#a", "p.y.x", ".x", "a[href=/?b=1&c]", "p[hidden]")] == [
        1, 1, 1, 1, 1, 0,
    ]  # fmt: skip
    inner = root.first("a")
    assert inner is not None and inner.closest("p.x") is root.first("p") and inner.closest("ul") is None
    with pytest.raises(ValueError, match="is no selector"):
        root.all("p > a")
