"""Every template of the project: nothing inline, nothing unescaped, icons that exist, and a stated shape."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from django.template.loader import get_template

from pages.icons import icon_names

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = sorted(
    path
    for package in (
        "accounts",
        "capsule",
        "collections_app",
        "conversations",
        "handlers",
        "pages",
        "settings_app",
    )
    for path in (ROOT / package).rglob("*.py")
)
NAME = re.compile(r'"([a-z_]+/[\w/]+\.(?:html|txt))"')


SOURCES = {str(path.relative_to(ROOT / "templates")): path.read_text() for path in TEMPLATES}
INLINE = re.compile(
    r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|hx-on|hx-vals=["']js:|href=["']javascript:"""
    r"""|<script\b(?![^>]*src=)[^>]*>"""
)


def those_that(is_wrong: Callable[[str], object]) -> list[str]:
    """The templates in whose source something is wrong."""
    return [name for name, source in SOURCES.items() if is_wrong(source)]


def test_it_holds_no_style_no_handler_and_no_script_of_its_own() -> None:
    assert not those_that(INLINE.search)


@pytest.mark.parametrize(
    "source",
    [
        '<p style="x">',
        "<style>",
        "<p onclick='x'>",
        "<p hx-on:x>",
        "<a href='javascript:x'>",
        "<script defer>",
    ],
)
def test_what_is_inline_is_found(source: str) -> None:
    assert INLINE.search(source) and not INLINE.search('<script defer src="x"></script>')


def test_it_escapes_what_it_shows() -> None:
    assert not those_that(lambda source: "|safe" in source or "autoescape off" in source)


def test_a_form_that_posts_carries_its_token() -> None:
    def lacks_it(source: str) -> bool:
        forms = re.findall(r"<form\b.*?</form>", source, re.DOTALL)
        return any(
            re.search(r'method="post"', form, re.IGNORECASE) and "csrf_token" not in form for form in forms
        )

    assert not those_that(lacks_it)


def test_its_icons_exist() -> None:
    there = icon_names()
    assert not those_that(lambda source: set(re.findall(r'{%\s*icon "([^"]+)"', source)) - there)


def test_it_is_short() -> None:
    assert not those_that(lambda source: len(source.splitlines()) > 100)


def test_a_part_stands_alone_and_everything_compiles() -> None:
    for name in SOURCES:
        get_template(name)
    parts = [path for path in TEMPLATES if path.name.startswith("_")]
    assert parts and not [path for path in parts if "{% extends" in path.read_text()]


def test_every_template_that_code_names_exists() -> None:
    named = {name for path in CODE for name in NAME.findall(path.read_text())}
    included = {name for path in TEMPLATES for name in NAME.findall(path.read_text())}
    for name in sorted(named | included):
        if not name.startswith("admin/"):
            get_template(name)


def test_every_template_of_the_house_is_used() -> None:
    used = "\n".join(path.read_text() for path in [*CODE, *TEMPLATES])
    for path in TEMPLATES:
        name = str(path.relative_to(ROOT / "templates"))
        if name.startswith(("capsule/", "pages/")):
            assert f'"{name}"' in used, name


def test_templates_are_formatted() -> None:
    own = [str(path) for path in TEMPLATES if path.parent.name in ("capsule", "pages", "admin")]
    djade = Path(sysconfig.get_path("scripts")) / "djade"
    done = subprocess.run([djade, "--check", *own], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
