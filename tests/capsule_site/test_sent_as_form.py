"""A form of several parts at an address that takes JSON: Django has read it before any view could."""

from __future__ import annotations

import re

import pytest
from django.test import Client

FORM = b'--x\r\nContent-Disposition: form-data; name="value"\r\n\r\n1\r\n--x--\r\n'

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/collections/test_intake/", "/live/compare/"])
def test_is_refused_in_words(path: str, alice_client: Client) -> None:
    alice_client.handler.enforce_csrf_checks = True  # it is the check of the token that reads the form
    page = alice_client.get("/settings/").content.decode()
    found = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    headers = {"X-CSRFToken": found[1], "Accept": "application/json"}
    kind = "multipart/form-data; boundary=x"
    answer = alice_client.generic("POST", path, FORM, content_type=kind, headers=headers)
    assert answer.status_code == 400, answer.content
    assert "as JSON" in answer.json()["message"]
