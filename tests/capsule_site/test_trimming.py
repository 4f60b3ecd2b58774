"""What is served of a style sheet: the rules for the classes that the project's own files name."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from capsule_site.minified import TRIMMED, MinifiedStorage
from capsule_site.trimming import Words, sources, trimmed
from tests.serving import ROOT

WHOLE = (ROOT / "static" / TRIMMED).read_text()


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (".used{x:y}", ".used{x:y}"),
        (".other{x:y}", ""),
        (".used,.other{x:y}", ".used{x:y}"),
        (".used .other{x:y}", ""),
        (".used.other{x:y}", ""),
        ("p>a:hover{x:y}", "p>a:hover{x:y}"),
        (".used:not(.other){x:y}", ".used:not(.other){x:y}"),
        (".used:is(.other,p){x:y}", ".used:is(.other,p){x:y}"),
        ('[class*=" other-"]{x:y}', '[class*=" other-"]{x:y}'),
        (".bg-blue-lt,.btn-blue{x:y}", ".bg-blue-lt{x:y}"),
        (r".w-1\/2,.w-1\/3{x:y}", r".w-1\/2{x:y}"),
        (".last{x:y}", ".last{x:y}"),
        ("@media print{.used{x:y}.other{x:y}}", "@media print{.used{x:y}}"),
        ("@media print{.other{x:y}}", ""),
        ("@media print{@supports (x:y){.other{x:y}p{x:y}}}", "@media print{@supports (x:y){p{x:y}}}"),
        ("@keyframes other{from{x:y}}", "@keyframes other{from{x:y}}"),
        ("@font-face{src:url(data:a;base64,b)}", "@font-face{src:url(data:a;base64,b)}"),
        ('@charset "UTF-8";/*! Licence */p{x:"}.other{"}', '@charset "UTF-8";/*! Licence */p{x:"}.other{"}'),
    ],
)  # fmt: skip
def test_a_rule_is_kept_where_it_can_apply(rule: str, kept: str) -> None:
    words = Words.of("""<p class="used bg-{{ colour }}-lt w-1/2">""", "classList.add('last')", "The last.")
    assert trimmed(rule, words) == kept


def test_where_everything_is_used_everything_is_kept() -> None:
    kept = trimmed(WHOLE, Words(frozenset(), ("",)))
    assert alike(kept) == alike(WHOLE)


def alike(style_sheet: str) -> str:
    """Without what may be written in several ways."""
    return "".join(style_sheet.split()).replace("'", '"').replace("n/**/+", "n+")


def test_where_nothing_is_used_elements_and_colours_are_kept() -> None:
    least = trimmed(WHOLE, Words.of(""))
    assert "--tblr-primary:" in least and "[data-bs-theme=dark]" in least and "@keyframes" in least
    assert ".btn" not in least and ".card" not in least


def test_a_word_of_any_app_or_template_counts_and_no_test_does() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in sources() if path.is_relative_to(ROOT)}
    for name in ("templates/capsule/page.html", "pages/ui/chart.py", "static/capsule/shell.js"):
        assert name in names
    assert not [name for name in names if name.startswith("static/vendor/") or "/tests/" in name]


def test_what_is_collected_is_trimmed_and_named_by_what_is_left(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "own.html").write_text('<p class="only-here">')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]}]
    served = []
    for sheet in (".only-here{x:y}.not-here-{x:y}", ".only-here{x:y}"):
        storage = MinifiedStorage(location=str(tmp_path / "static"), base_url="/static/")
        storage.delete(TRIMMED)
        storage.save(TRIMMED, ContentFile(sheet))
        list(storage.post_process({TRIMMED: (storage, TRIMMED)}))
        served.append(storage.stored_name(TRIMMED).removeprefix("/static/"))
    assert served[0] == served[1]
    assert (tmp_path / "static" / served[0]).read_text() == ".only-here{x:y}"
