from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings
from whitenoise import base
from whitenoise.responders import StaticFile

from capsule_site.minified import MinifiedStorage
from capsule_site.static_files import StaticFilesMiddleware

pytestmark = pytest.mark.django_db  # the end of an answer is the end of a request, which looks at connections


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose headers were made."""
    names: list[str] = []

    def make(path: str, *args: object, **kwargs: object) -> StaticFile:
        names.append(Path(path).name)
        return StaticFile(path, *args, **kwargs)

    monkeypatch.setattr(base, "StaticFile", make)
    return names


@pytest.fixture
def middleware(made: list[str], settings: Settings, tmp_path: Path) -> StaticFilesMiddleware:
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = tmp_path, False
    for name in ("a.css", "b.css"):
        (tmp_path / name).write_text(f"/* {name} */")
    return StaticFilesMiddleware(lambda request: HttpResponse(status=404))


def get(path: str) -> HttpRequest:
    return RequestFactory().get(path)


def test_a_files_headers_are_made_when_it_is_first_asked_for(
    middleware: StaticFilesMiddleware, made: list[str]
) -> None:
    assert made == []
    for _ in range(2):
        with closing(middleware(get("/static/a.css"))) as response:
            assert isinstance(response, FileResponse) and response.getvalue() == b"/* a.css */"
            assert response["Content-Type"] == 'text/css; charset="utf-8"'
    assert made == ["a.css"]


def test_what_is_not_listed_is_somebody_elses(middleware: StaticFilesMiddleware) -> None:
    assert middleware(get("/static/c.css")).status_code == 404
    assert middleware(get("/static/../a.css")).status_code == 404


def test_while_debugging_a_file_is_looked_for_each_time(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = tmp_path, True
    middleware = StaticFilesMiddleware(lambda request: HttpResponse(status=404))
    assert middleware(get("/static/later.css")).status_code == 404
    (tmp_path / "later.css").write_text("/* later */")
    with closing(middleware(get("/static/later.css"))) as response:
        assert response.status_code == 200


def test_the_scripts_of_every_page_become_one_in_their_order(tmp_path: Path, settings: Settings) -> None:
    settings.CAPSULE_SCRIPTS = ("b.js", "a.js")
    storage = MinifiedStorage(location=str(tmp_path), base_url="/static/")
    storage.save("a.js", ContentFile("use(first); // comes second"))
    storage.save("b.js", ContentFile("const first = 1"))
    list(storage.post_process({name: (storage, name) for name in ("a.js", "b.js")}))
    served = (tmp_path / storage.stored_name(storage.joined_scripts).removeprefix("/static/")).read_text()
    assert served == "const first=1\n;use(first)"


def test_no_template_asks_for_a_script_that_every_page_has(settings: Settings) -> None:
    """It would run twice: where static files are collected, the scripts of every page are one file."""
    templates = list((settings.BASE_DIR / "templates").rglob("*.html"))
    twice = [
        (path.name, name)
        for path in templates
        for name in settings.CAPSULE_SCRIPTS
        if f'"{name}"' in path.read_text(encoding="utf-8")
    ]
    assert templates and not twice


def test_scripts_are_served_without_comments_and_those_of_others_as_they_are(tmp_path: Path) -> None:
    storage = MinifiedStorage(location=str(tmp_path), base_url="/static/")
    own, other = "capsule/x.js", "vendor/y/y.js"
    source = "// why\nconst a = /[/]\\/\\/x/;  /* and how */\nconst b = [`// kept`, (long) => long + a];\n"
    for name in (own, other):
        storage.save(name, ContentFile(source))
    list(storage.post_process({own: (storage, own), other: (storage, other)}))
    served = (tmp_path / storage.stored_name(own).removeprefix("/static/")).read_text()
    assert "why" not in served and "how" not in served
    assert "const a=" in served and "b=[" in served, "what other files may ask for keeps its name"
    assert "long" not in served
    assert "`// kept`" in served and "/[/]\\/\\/x/" in served
    assert (tmp_path / storage.stored_name(other)).read_text() == source
