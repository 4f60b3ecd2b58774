"""Markdown as safe HTML: what a person wrote may format, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages.addresses import LINK_SCHEMES, image_address

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["to_html"]

LIMIT: Final = 200_000  # characters; what is longer is shown as the plain text that it is
MARKS: Final = 10_000  # characters that may format, each of which takes long; with more, the same
MAY_FORMAT: Final = "[]*_~`!<&\\#>\n"
CELLS: Final = 20_000  # of tables; where there may be more, pipes are shown as they are
WORD_TAGS: Final = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "a", "code", "pre"}
BLOCK_TAGS: Final = {"ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "img"}
LINE_END: Final = re.compile(r"\r\n?|\n")
SIDES: Final = {"left": "start", "right": "end", "center": "center"}
ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
ALIGNMENTS: Final = {f"text-align:{side}": f"text-{end}" for side, end in SIDES.items()}


def to_html(text: str) -> SafeString:
    """``text`` as HTML that holds no script, no style, no attribute that htmx would read.

    What is too long, or has too many marks, is shown as it was written, and says so.

    Example: ``to_html("**Hello**") == "<p><strong>Hello</strong></p>\\n"``
    """
    if len(text) > LIMIT or sum(map(text.count, MAY_FORMAT)) > MARKS:
        sentence = _("Shown as it was written: there is too much in it to be formatted.")
        return format_html("<p>{}</p><pre>{}</pre>", sentence, text)
    parser = _parser(has_tables=_cells_at_most(text) <= CELLS)
    tokens = parser.parse(text)
    _settle(tokens)
    return SafeString(_clean(parser.renderer.render(tokens, parser.options, {})))


@cache
def _parser(has_tables: bool) -> MarkdownIt:
    # Its sixty modules are loaded with the first text, not while the server starts.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    rules = ["table", "strikethrough"] if has_tables else ["strikethrough"]
    return MarkdownIt("commonmark", {"html": False}).enable(rules)


def _cells_at_most(text: str) -> int:
    """How many cells the tables of ``text`` may have: the parser fills up each row to the widest.

    A wide head over many short rows would make megabytes of a few thousand characters.
    """
    cells = rows = widest = 0
    for line in (*LINE_END.split(text), ""):
        if line.strip():
            rows, widest = rows + 1, max(widest, line.count("|"))
        else:  # which ends a table
            cells += rows * (widest + 1) if widest else 0
            rows = widest = 0
    return cells


def _settle(tokens: Sequence[Token]) -> None:
    """Headings step down below the page's own; alignment becomes a class, for styles are refused."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        alignment = ALIGNMENTS.get(str(token.attrs.pop("style", "")))
        if alignment:
            token.attrSet("class", alignment)


def _clean(html: str) -> str:
    # A second wall: the parser escapes all HTML already.
    return nh3.clean(
        html,
        tags=WORD_TAGS | BLOCK_TAGS,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={"th": set(ALIGNMENTS.values()), "td": set(ALIGNMENTS.values())},
        attribute_filter=_filtered,
        url_schemes=set(LINK_SCHEMES) | {"data"},
        link_rel="noopener noreferrer",
    )


def _filtered(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return image_address(value) if value.startswith(("/", "data:")) else None
    if name == "href" and value.lower().lstrip().startswith("data:"):
        return None
    return value
