"""What the documentation points to is there, and what it says in several places is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.test_architecture import ROOT, modules

DEMO = ROOT / "demo"
FILES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A place in the documentation that a message, a docstring or a comment names.
NAMED = re.compile(r"\bdocs/[\w-]+\.md(?:#[\w-]+)?")


def anchors_in(text: str) -> set[str]:
    """Where a link may lead within a page: its headings as GitHub writes them, and what it names itself."""
    found = set(re.findall(r'<a id="([\w-]+)"></a>', text))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
    return found


def lost(file: Path, targets: list[str]) -> Iterator[str]:
    """Those of a file's links that lead nowhere. The demo may be deleted; what leads there stays."""
    for target in targets:
        name, _hash, anchor = target.partition("#")
        path = (file.parent / name).resolve() if name else file
        if path.is_relative_to(DEMO) and not DEMO.exists():
            continue
        anchors = anchors_in(path.read_text()) if anchor and path.is_file() else {anchor}
        if not path.exists() or anchor not in anchors:
            yield target


def test_every_link_and_every_anchor_exists() -> None:
    problems = {}
    for file in FILES:
        prose = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
        links = [link for link in LINK.findall(prose) if not re.match(r"\w+:", link)]
        if wrong := list(lost(file, links)):
            problems[file.name] = wrong
    assert problems == {}


def test_every_place_that_the_code_names_exists() -> None:
    root = ROOT / "any.md"
    problems = {
        name: wrong
        for name, module in modules().items()
        if (wrong := list(lost(root, NAMED.findall(module.source))))
    }
    assert problems == {}


def test_a_link_that_leads_nowhere_is_found() -> None:
    here = ROOT / "README.md"
    links = ["docs/nowhere.md", "docs/choosing.md#nowhere", "docs/choosing.md#which-layer", "#two-commands"]
    assert list(lost(here, links)) == links[:2]


# Which layer? -------------------------------------------------------------------------------------------


def which_layer(text: str) -> list[tuple[str, str]]:
    """The rows of a table *Which layer?*: what one has, and where it belongs."""
    section = text.partition("## Which layer?")[2].partition("\n#")[0]
    rows = [
        line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|" and "**" in line
    ]
    return [(have, re.sub(r"[*`]", "", name)) for have, name, *_more in rows]


CHOOSING = which_layer((ROOT / "docs" / "choosing.md").read_text())


def test_the_readme_says_which_layer_as_docs_choosing_does() -> None:
    assert len(CHOOSING) == 4
    assert which_layer((ROOT / "README.md").read_text()) == CHOOSING


def test_a_site_where_nothing_is_declared_says_which_layer_in_the_same_words() -> None:
    page = (ROOT / "templates" / "pages" / "welcome.html").read_text()
    rows = re.findall(r'<tr><td[^>]*>{% translate "([^"]+)" %}</td><td[^>]*>{% translate "([^"]+)" %}', page)
    assert [(f"{have[0].lower()}{have[1:]}", name) for have, name in rows] == CHOOSING
