"""Every template of the project: nothing inline, nothing unescaped, icons that exist, and a stated shape."""

from __future__ import annotations

import re
import subprocess
import sysconfig
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


@pytest.fixture(params=TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def source(request: pytest.FixtureRequest) -> str:
    return str(Path(request.param).read_text())


def test_it_holds_no_style_no_handler_and_no_script_of_its_own(source: str) -> None:
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style", source)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    assert not re.search(r"hx-on|hx-vals=[\"']js:|href=[\"']javascript:", source)
    for script in re.findall(r"<script\b[^>]*>", source):
        assert "src=" in script


def test_it_escapes_what_it_shows(source: str) -> None:
    assert "|safe" not in source and "autoescape off" not in source


def test_a_form_that_posts_carries_its_token(source: str) -> None:
    for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL):
        if re.search(r'method="post"', form, re.IGNORECASE):
            assert "csrf_token" in form


def test_its_icons_exist(source: str) -> None:
    named = set(re.findall(r'{%\s*icon "([^"]+)"', source))
    assert named <= icon_names()


def test_it_is_short(source: str) -> None:
    assert len(source.splitlines()) <= 100


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_part_stands_alone_and_everything_compiles(path: Path) -> None:
    get_template(str(path.relative_to(ROOT / "templates")))
    if path.name.startswith("_"):
        assert "{% extends" not in path.read_text()


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
