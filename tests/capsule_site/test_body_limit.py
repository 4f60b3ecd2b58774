"""What says that it is larger than anything here takes is refused unread, in the shape of all errors."""

from __future__ import annotations

import pytest
from django.test import Client

from capsule_site.body_limit import most_of_a_body
from collections_app.files.receiving import most_of_a_form

FORM = "application/x-www-form-urlencoded"


def sent(client: Client, length: str, content_type: str) -> tuple[int, str, str]:
    answer = client.post("/sign-in/", b"x", content_type=content_type, CONTENT_LENGTH=length)
    return answer.status_code, answer.headers["Content-Type"].partition(";")[0], answer.content.decode()


@pytest.mark.parametrize(
    ("content_type", "answered"),
    [(FORM, "text/html"), ("multipart/form-data; boundary=x", "text/html"), ("x/y", "application/json")],
)
@pytest.mark.parametrize("length", [2**30, 10**40])
def test_a_person_has_a_page_and_a_program_the_error(
    client: Client, content_type: str, answered: str, length: int
) -> None:
    status, kind, text = sent(client, str(length), content_type)
    assert (status, kind) == (413, answered)
    assert "the most that is taken here" in text


def test_the_limit_is_the_form_with_the_most_files_or_what_the_settings_say(
    client: Client, settings: pytest.FixtureRequest, db: None
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024  # type: ignore[attr-defined]
    most = most_of_a_form() + 1024
    assert most_of_a_form() == 200 * 1024 * 1024  # test_films
    assert [sent(client, str(size), FORM)[0] == 413 for size in (most, most + 1)] == [False, True]
    settings.CAPSULE_BODY_LIMIT = most + 1  # type: ignore[attr-defined]
    assert most_of_a_body() == most + 1
    assert sent(client, str(most + 1), FORM)[0] != 413


@pytest.mark.parametrize("length", ["", "-1"])
def test_a_length_that_is_none_is_nothing_to_refuse(client: Client, db: None, length: str) -> None:
    assert sent(client, length, FORM)[0] != 413
