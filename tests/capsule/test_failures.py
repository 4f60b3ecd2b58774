"""What went wrong is told in `make dev`, in the place concerned and without a secret; nowhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.template import Context, Engine, TemplateSyntaxError
from django.test import Client

from capsule.failures import Failure, described, excerpt_of, failure_of

pytestmark = [pytest.mark.urls("tests.capsule.urls")]

BROKEN = "/failing/broken/"


def raised(function: Any, *args: Any) -> BaseException:
    try:
        function(*args)
    except BaseException as error:
        return error
    raise AssertionError("Nothing was raised.")


def fails(password: str, rows: list[str]) -> None:
    given = {"api_key": "k-1234", "rows": rows}
    environment = os.environ
    raise RuntimeError(f"Broken with {len(given) + bool(environment)}")


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{"Accept": "text/html"}, {"HX-Request": "true"}])
def test_an_error_shows_its_place_to_whoever_builds_and_to_nobody_else(
    headers: dict[str, str], settings: LazySettings
) -> None:
    client = Client(raise_request_exception=False)
    assert "ZeroDivisionError" not in client.get(BROKEN, headers=headers).text
    settings.CAPSULE_DEV = True
    response = client.get(BROKEN, headers=headers)
    assert response.status_code == 500
    assert "ZeroDivisionError" in response.text and "tests/capsule/urls.py:" in response.text
    assert "raise ERRORS[kind]" in response.text
    assert ("<html" in response.text) == ("HX-Request" not in headers)
    if "<html" in response.text:  # what is wrong comes first, and in the place of what anybody else is told
        assert "<h1>ZeroDivisionError</h1>" in response.text and "To the first page" not in response.text
        assert f"<code>{response['X-Request-ID']}</code>" in response.text
    refused = client.get("/failing/denied/", headers={"Accept": "text/html"})
    assert refused.status_code == 403 and "Traceback" not in refused.text


@pytest.mark.django_db
def test_a_program_gets_the_shape_that_it_gets_everywhere(settings: LazySettings) -> None:
    settings.CAPSULE_DEV = True
    body = Client(raise_request_exception=False).get(BROKEN, headers={"Accept": "application/json"}).json()
    assert set(body) == {"error", "message", "fields", "request_id"}


def test_nobody_builds_where_the_setting_does_not_say_so() -> None:
    assert failure_of(RuntimeError("x")) is None
    assert failure_of(None) is None


def test_what_each_call_knew_is_told_without_its_secrets(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hunter3")
    failure = described(raised(fails, "hunter2", [settings.SECRET_KEY, "visible"]))
    assert (failure.kind, failure.message) == ("RuntimeError", "Broken with 3")
    assert failure.file == "tests/capsule/test_failures.py"
    assert "raise RuntimeError" in next(line.text for line in failure.excerpt if line.is_meant)
    known = str(failure.frames[-1].variables)
    assert "visible" in known and "rows" in known
    for secret in ("hunter2", "hunter3", "k-1234", settings.SECRET_KEY):
        assert secret not in known


def test_what_cannot_be_read_as_python_says_where(tmp_path: Path) -> None:
    file = tmp_path / "declarations.py"
    file.write_text("one = 1\ntwo = = 2\n")
    failure = described(raised(compile, file.read_text(), str(file), "exec"))
    assert (failure.kind, failure.file, failure.line) == ("SyntaxError", str(file), 2)
    assert [line.text for line in failure.excerpt] == ["one = 1", "two = = 2"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("hide_paid = 1\nhide_payd", "name 'hide_payd' is not defined. Did you mean 'hide_paid'?"),
        ("def f(paid):\n  return payd\nf(1)", "name 'payd' is not defined. Did you mean 'paid'?"),
        ("pritn(1)", "name 'pritn' is not defined. Did you mean 'print'?"),
        ("zebra", "name 'zebra' is not defined"),
        ("import tests.testapp.declaration", "No module named 'tests.testapp.declaration'. "
         "Did you mean 'tests.testapp.declarations'?"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
        ("from pages import wi", "cannot import name 'wi' from 'pages' ("),
        ("from pages import pge", "Did you mean 'page'?"),
        ("collection", "Did you forget 'from collections_app import collection'?"),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_told_with_the_one_that_is_meant(lines: str, said: str) -> None:
    failure = described(raised(exec, lines, {}))
    assert said in failure.message and ("Did you" in said) == ("Did you" in failure.message)


def test_an_error_in_a_template_says_its_line(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("one\n{% nothing %}\n")
    engine = Engine(dirs=[str(tmp_path)], debug=True)
    error = raised(lambda: engine.get_template("page.html").render(Context()))
    assert isinstance(error, TemplateSyntaxError)
    failure = described(error)
    assert (failure.file, failure.line) == (str(tmp_path / "page.html"), 2)


def test_a_cause_is_told_first_and_one_that_was_never_raised_is_left_out() -> None:
    def again() -> None:
        try:
            fails("x", [])
        except RuntimeError as error:
            raise LookupError("And so") from error

    frames = described(raised(again)).frames
    assert [frame.function for frame in frames if frame.file.endswith("test_failures.py")][-3:] == [
        "fails", "raised", "again",
    ]  # fmt: skip
    error = LookupError("And so")
    error.__cause__ = RuntimeError("never raised")
    assert isinstance(described(error), Failure)


def test_a_variable_that_cannot_say_what_it_is_is_no_second_error() -> None:
    class Silent:
        def __repr__(self) -> str:
            raise ValueError("no words")

    def fails_with(silent: Silent) -> None:
        raise RuntimeError

    assert "ValueError" in str(described(raised(fails_with, Silent())).frames[-1].variables)


def test_a_file_that_is_not_there_has_no_excerpt(tmp_path: Path) -> None:
    assert excerpt_of(str(tmp_path / "gone.py"), 3) == []
