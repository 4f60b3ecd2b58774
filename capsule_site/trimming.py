"""A style sheet without the rules for classes that nothing in this project names.

Tabler has a rule for whatever one may want, and a site uses a third: the rest is 44 kB, compressed, of
every first visit. Which classes are used is read from the words of the apps' own templates, scripts and
modules. Any of their words counts, in whatever place it stands: too much is kept rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinycss2
from django.apps import apps
from django.conf import settings

__all__ = ["Words", "sources", "trimmed"]

KINDS = (".html", ".js", ".py")
# Where a class name may begin or go on, in any of the three; escaped in a style sheet are `.`, `/` and `:`.
WORD = re.compile(r"[a-zA-Z][\w:./-]*")
HOLDING_RULES = ("media", "supports", "layer", "container")


@dataclass(frozen=True)
class Words:
    """What a class may be called: whole, or as it begins where the rest is put behind it when a page is made.

    Example: ``Words.of("class='btn bg-{{ colour }}-lt'")`` knows ``btn`` and all that begins with ``bg-``.
    """

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, *texts: str) -> Words:
        found = frozenset(word for text in texts for word in WORD.findall(text))
        whole = found | {word.rstrip(":./-") for word in found}
        return cls(whole, tuple(sorted(word for word in found if word.endswith("-"))))

    def __contains__(self, name: str) -> bool:
        return name in self.whole or name.startswith(self.beginnings)


def sources() -> Iterator[Path]:
    """The files in which a page's classes may be named: each installed app's, and the project's own."""
    folders = {Path(app.path) for app in apps.get_app_configs() if app.name != "django.contrib.admin"}
    folders |= {Path(folder) for engine in settings.TEMPLATES for folder in engine["DIRS"]}
    folders |= {Path(folder) for folder in settings.STATICFILES_DIRS}
    for folder in sorted(folders):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if path.suffix in KINDS and "vendor" not in inside and "tests" not in inside:
                yield path


def trimmed(style_sheet: str, words: Words) -> str:
    """The style sheet with those of its rules that can apply: what names no class at all always can.

    Example: ``trimmed(".a,.b{x:y}.c{x:y}", Words.of("a")) == ".a{x:y}"``
    """
    rules = tinycss2.parse_stylesheet(style_sheet, skip_comments=False, skip_whitespace=True)
    return "".join(_kept(rules, words))


def _kept(rules: Iterable[Any], words: Words) -> Iterator[str]:
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword in HOLDING_RULES and rule.content is not None:
            inner = "".join(_kept(tinycss2.parse_rule_list(rule.content, skip_whitespace=True), words))
            if inner:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"
        elif rule.type == "qualified-rule":
            selectors = [
                one for one in _selectors(rule.prelude) if all(name in words for name in _classes(one))
            ]
            if selectors:
                content = tinycss2.serialize(rule.content)
                yield f"{','.join(map(tinycss2.serialize, selectors))}{{{content}}}"
        else:
            yield rule.serialize()


def _selectors(prelude: Iterable[Any]) -> Iterator[list[Any]]:
    """The selectors of a rule, each as its tokens: what stands between commas."""
    selector: list[Any] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def _classes(selector: list[Any]) -> Iterator[str]:
    """The classes without which it selects nothing: not those in ``:not(...)`` and ``:is(...)``."""
    for before, token in zip(selector, selector[1:], strict=False):
        if before.type == "literal" and before.value == "." and token.type == "ident":
            yield token.value
