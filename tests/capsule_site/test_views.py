from __future__ import annotations

import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_health_says_ok_and_nothing_else() -> None:
    response = Client().get("/health")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_a_report_of_the_browser_becomes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)
    body = b'{"csp-report": {"blocked-uri": "inline"}}\nFORGED LINE\r\n' + b"x" * 10_000
    with caplog.at_level(logging.WARNING, "capsule.csp"):
        response = client.post("/csp", body, content_type="application/csp-report")
    assert response.status_code == 204
    assert len(caplog.messages) == 1
    assert "blocked-uri" in caplog.text
    assert "\nFORGED" not in caplog.text
    assert len(caplog.messages[0]) < 4000


@pytest.mark.parametrize("body", [b"", b"\0\xff\xfe", b"[" * 100_000, b"%s %d %(name)s"])
def test_any_report_is_taken(body: bytes) -> None:
    assert Client().post("/csp", body, content_type="application/csp-report").status_code == 204


def test_a_report_that_is_too_large_is_refused() -> None:
    client = Client(raise_request_exception=False)
    response = client.post("/csp", b"x" * 3_000_000, content_type="application/csp-report")
    assert response.status_code in (400, 413)


def test_only_a_post_reports() -> None:
    response = Client().get("/csp", headers={"Accept": "application/json"})
    assert response.status_code == 405
    assert response["Allow"] == "POST"
