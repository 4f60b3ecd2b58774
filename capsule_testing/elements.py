"""A page's HTML as a tree: enough to find what a person would find, in a few milliseconds.

Not a browser's parser: it reads what Django's templates write, and bears with what an author left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple

__all__ = ["Element", "parse"]

TOKEN: Final = re.compile(
    r"""<(?:!--.*?--|!.*?|(/?)([a-zA-Z][^\s/>]*+)((?:[^"'>]++|"[^"]*+"|'[^']*+')*+))>""", re.DOTALL
)
ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
SELECTOR: Final = re.compile(r"([a-z0-9-]*)(?:#([^.\[]+))?((?:\.[\w-]+)*)(?:\[([\w:-]+)(?:=([^\]]*))?\])?")
VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# Nothing inside is a tag, or none that is looked for.
RAW: Final = {
    tag: re.compile(rf"</{tag}\b[^>]*>", re.I) for tag in ("script", "style", "textarea", "title", "svg")
}
UNSEEN: Final = frozenset({"script", "style", "svg", "template", "noscript"})  # nobody reads what is inside
INLINE: Final = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "i", "kbd", "label", "mark", "q", "s"]
    + ["samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"]
)
# What an author may leave open: the next of these ends it.
ENDED_BY: Final = {
    "li": {"li"},
    "option": {"option"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "td": {"td", "th", "tr"},
    "th": {"td", "th", "tr"},
    "tr": {"tr"},
    "p": {"p"},
}


class Selector(NamedTuple):
    tag: str
    id: str
    classes: tuple[str, ...]
    attribute: str
    value: str | None


@lru_cache
def selector(text: str) -> Selector:
    match = SELECTOR.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no selector of the kind tag#id.class[attribute=value].")
    tag, id_, classes, attribute, value = match.groups()
    return Selector(tag, id_ or "", tuple((classes or "").split(".")[1:]), attribute or "", value)


class Element:
    """One element: its tag, its attributes, and what is inside, in order."""

    __slots__ = ("_attributes", "_raw", "children", "parent", "tag")

    def __init__(self, tag: str, raw: str = "", parent: Element | None = None) -> None:
        self.tag = tag
        self.parent = parent
        self.children: list[Element | str] = []
        self._raw = raw
        self._attributes: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"<{self.tag}{self._raw}>"

    @property
    def attributes(self) -> dict[str, str]:
        if self._attributes is None:  # of most elements nobody asks
            found = ATTRIBUTE.finditer(self._raw)
            self._attributes = {
                one[1].lower(): unescape(one[2] or one[3] or one[4] or "") for one in reversed([*found])
            }
        return self._attributes

    def get(self, name: str, default: str = "") -> str:
        """The attribute of that name, or ``default``."""
        return self.attributes.get(name, default) if name in self._raw else default

    def has(self, name: str) -> bool:
        """Whether it has the attribute, whatever its value."""
        return name in self._raw and name in self.attributes

    @property
    def id(self) -> str:
        return self.get("id")

    @property
    def text(self) -> str:
        """What it says, as a screen reader would: white space is one blank."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSEEN:
                if child.tag in INLINE:
                    yield from child._words()
                else:
                    yield " "
                    yield from child._words()
                    yield " "

    @property
    def content(self) -> str:
        """The text inside as it was written, white space and all: of a ``textarea``, a ``script``."""
        return "".join(child if isinstance(child, str) else child.content for child in self.children)

    def walk(self) -> Iterator[Element]:
        """All elements inside, in order, without what no browser shows."""
        for child in self.children:
            if not isinstance(child, str):
                yield child
                if child.tag != "template":
                    yield from child.walk()

    def all(self, *selectors: str) -> list[Element]:
        """The elements inside that one of the selectors names: ``all("a.btn", "button[name=reset]")``."""
        wanted = [selector(one) for one in selectors]
        return [one for one in self.walk() if any(one._is(each) for each in wanted)]

    def first(self, *selectors: str) -> Element | None:
        """The first such element, or ``None``."""
        wanted = [selector(one) for one in selectors]
        return next((one for one in self.walk() if any(one._is(each) for each in wanted)), None)

    def closest(self, text: str) -> Element | None:
        """The nearest element around it that the selector names, itself included."""
        wanted, here = selector(text), self
        while not here._is(wanted):
            if here.parent is None:
                return None
            here = here.parent
        return here

    def _is(self, wanted: Selector) -> bool:
        tag, id_, classes, attribute, value = wanted
        if tag and tag != self.tag:
            return False
        if id_ and (id_ not in self._raw or self.get("id") != id_):
            return False
        if classes:
            if any(one not in self._raw for one in classes):
                return False
            own = self.get("class").split()
            if any(one not in own for one in classes):
                return False
        if not attribute:
            return True
        return self.has(attribute) and (value is None or self.get(attribute) == value)


def parse(html: str) -> Element:
    """The tree of ``html``, below an element without a tag."""
    root = here = Element("")
    at, search = 0, TOKEN.search
    while (match := search(html, at)) is not None:
        start = match.start()
        if start > at:
            here.children.append(unescape(html[at:start]))
        at = match.end()
        is_end, tag, rest = match.groups()
        if tag is None:
            continue
        tag = tag.lower()
        if is_end:
            here = _ended(here, tag)
            continue
        while tag in ENDED_BY.get(here.tag, ()) and here.parent is not None:
            here = here.parent
        element = Element(tag, rest, here)
        here.children.append(element)
        if tag in RAW:
            over = RAW[tag].search(html, at)
            inside = html[at : over.start() if over else len(html)]
            element.children.append(unescape(inside) if tag in ("textarea", "title") else inside)
            at = over.end() if over else len(html)
        elif tag not in VOID:
            here = element
    if at < len(html):
        here.children.append(unescape(html[at:]))
    return root


def _ended(here: Element, tag: str) -> Element:
    """Where one is after ``</tag>``: outside of the nearest such element, or still here without one."""
    element: Element | None = here
    while element is not None and element.tag != tag:
        element = element.parent
    return here if element is None or element.parent is None else element.parent
