"""What pages wear, and what the style sheet that they are served with knows of it."""

from __future__ import annotations

import re
from functools import cache

from capsule_site.minified import TRIMMED
from capsule_site.trimming import Words, sources, trimmed
from tests.serving import ROOT

CLASS = re.compile(r"\.([a-zA-Z](?:[\w-]|\\\\.)*)")


def unstyled(html: str) -> set[str]:
    """The classes of a page that Tabler has rules for, and what is served of Tabler has not."""
    return {word for classes in re.findall(r'class="([^"]*)"', html) for word in classes.split()} & _lost()


@cache
def _lost() -> frozenset[str]:
    whole = (ROOT / "static" / TRIMMED).read_text()
    words = Words.of(*(source.read_text(errors="ignore") for source in sources()))
    return frozenset(_named(whole) - _named(trimmed(whole, words)))


def _named(style_sheet: str) -> set[str]:
    return {name.replace("\\", "") for name in CLASS.findall(style_sheet)}
