"""Every sentence of the product can be said in another language, and all of them are in German."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.template.base import Lexer, TokenType
from django.test import Client, override_settings
from django.utils import timezone, translation

from accounts.models import User
from capsule.date_ranges import DateRange
from scripts.messages import (
    ROOT,
    compiled,
    extracted,
    files,
    read,
    said,
    sources,
    untranslated,
    written,
)

TELL = ".venv/bin/python scripts/messages.py lists what is left to translate"
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%|</?(?:code|time)\b")
PSEUDO = "xx"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.parts[-3]))
def test_a_translation_is_complete_and_compiled(path: Path) -> None:
    catalog, sentences = read(path), said(extracted())
    assert said(catalog).keys() == sentences.keys(), TELL
    assert not untranslated(catalog), TELL
    assert path.read_bytes() == written(catalog), TELL
    assert path.with_suffix(".mo").read_bytes() == compiled(catalog), TELL


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.parts[-3]))
def test_a_translation_keeps_what_is_filled_in(path: Path) -> None:
    def places(text: object) -> set[str]:
        return set(PLACE.findall("".join(text) if isinstance(text, (list, tuple)) else str(text)))

    assert not [one.id for one in read(path) if one.id and places(one.id) != places(one.string)]


@pytest.mark.django_db
def test_a_visitor_reads_the_language_of_their_browser(client: Client) -> None:
    page = client.get("/sign-in/", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in page.content.decode()
    assert "Passwort vergessen?" in page.content.decode()
    assert "Accept-Language" in page["Vary"]
    assert "Forgot your password?" in client.get("/sign-in/").content.decode()


@pytest.mark.django_db
def test_a_person_reads_their_own_language_whatever_the_browser_asks_for(
    alice: User, alice_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(language="de")
    assert "Ihr Konto" in alice_client.get("/account/", headers={"Accept-Language": "en"}).content.decode()


def test_a_week_begins_as_it_does_where_the_language_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 25, 12, tzinfo=UTC))
    week = DateRange.named("this-week")
    for language, first in {"de": 23, "en": 23, "en-us": 22}.items():
        with translation.override(language):
            assert [week.start, week.end] == [date(2026, 11, first), date(2026, 11, first + 6)]


# Nothing is said bare ----------------------------------------------------------------------------------

# What these are given a person reads; each takes a translated text.
TELLING = {
    "BadInput", "Http404", "MessageRefused", "PermissionDenied", "ValidationError", "say_done", "say_problem"
}  # fmt: skip


# Shown in `make dev` alone, beside tracebacks, which are in English too.
FOR_DEVELOPERS = ("templates/capsule/_failure", "templates/capsule_site/dev/")
NAMES = {"CSV", "PNG", "ETag", "JSON", "OpenAPI 3.1", "focus", "shell"}  # the last two are blocks of a class


class Texts(HTMLParser):
    """What a person reads or hears of a page."""

    UNSAID = ("script", "style", "code", "kbd", "pre", "svg", "option")
    SPOKEN = ("title", "placeholder", "aria-label", "alt")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.UNSAID:
            self.within.append(tag)
        self.found += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.found.append(data)


def texts_of(html: str) -> list[str]:
    texts = Texts()
    texts.feed(html)
    return texts.found


def without_tags(source: str) -> str:
    """A template without what Django fills in, and without what it translates."""
    out, is_translated = [], False
    for token in Lexer(source).tokenize():
        word = token.contents.split()[0] if token.token_type == TokenType.BLOCK else ""
        if word in ("blocktranslate", "endblocktranslate", "comment", "endcomment"):
            is_translated = not word.startswith("end")
        elif token.token_type == TokenType.TEXT and not is_translated:
            out.append(token.contents)
    return "".join(out)


def test_no_template_says_anything_bare() -> None:
    bare = {
        str(path.relative_to(ROOT)): found
        for path in sources()
        if path.suffix == ".html"
        and not str(path.relative_to(ROOT)).startswith(FOR_DEVELOPERS)
        and (found := [one for one in texts_of(without_tags(path.read_text())) if is_said(one)])
    }
    assert not bare, f"Put it into {{% translate %}}: {bare}"


def is_said(text: str) -> bool:
    """Whether a template's text is one that a person reads, and not a name, or the middle of a tag."""
    return bool(re.search(r"[^\W\d_]{2}", text)) and '="' not in text and text.strip() not in NAMES


def test_nothing_that_a_person_is_told_is_bare() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources()
        if path.suffix == ".py"
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in TELLING
        and isinstance(words := getattr(next(iter(call.args), None), "value", None), str)
        and " " in words
        and "(" not in words  # it names an argument, to a developer
        and "gallery" not in path.parts
    ]
    assert not bare, f"Put these through gettext: {bare}"


@pytest.fixture
def pseudo(tmp_path: Path) -> Iterator[str]:
    """A language in which each sentence of ours stands in brackets: what stands outside of any is bare."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for one in extracted():
        if one.id:
            catalog.add(one.id, _bracketed(one.id), context=one.context)
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled(catalog))
    with override_settings(LANGUAGES=[("en", "English"), ("xx", "Pseudo")], LOCALE_PATHS=[tmp_path]):
        yield "xx"


def _bracketed(id: object) -> str | tuple[str, ...]:
    return tuple(f"⟦{one}⟧" for one in id) if isinstance(id, (list, tuple)) else f"⟦{id}⟧"


def outside_of_brackets(html: str) -> list[str]:
    """The sentences of a page that no translation made: three words and more, for names are of two."""
    whole = "␞".join(texts_of(html))
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", whole)) != whole:
        whole = inner
    return [" ".join(one.split()) for one in whole.split("␞") if len(re.findall(r"[^\W\d_]{2,}", one)) > 2]


@pytest.mark.django_db
@pytest.mark.alike
def test_no_sentence_of_the_house_is_bare(
    pseudo: str, alice: User, alice_client: Client, client: Client, charlie_client: Client
) -> None:
    """On the pages that show nothing of anybody's but a name."""
    User.objects.update(language=pseudo)
    bare = {}
    for who in (client, alice_client, charlie_client):
        for address in HOUSE:
            page = who.get(
                address, headers={"Accept-Language": pseudo, "Accept": "text/html"}
            ).content.decode()
            found = [one for one in outside_of_brackets(page) if "@" not in one and one not in DECLARED]
            assert "⟦" in page or not page  # whoever is signed in is led away from some
            if found:
                bare[address] = found
    assert not bare


HOUSE = (
    "/sign-in/", "/sign-up/", "/password-reset/", "/password-reset/sent/", "/account/", "/account/password/",
    "/organization/", "/organization/new/", "/find/?q=nowhere", "/find/keys/", "/conversations/", "/nowhere/",
    "/invitations/none/", "/collections/test_staff_only/",
)  # fmt: skip
DECLARED = {"Test own rule"}
