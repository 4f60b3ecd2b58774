"""A page may be called as any function: no page of the house, nor a link to one, is taken for it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from capsule import Identity, PageRequest, acting_as
from capsule_testing import declared
from pages import page, ui
from pages.wizards.arriving import origin_of

pytestmark = pytest.mark.django_db

NAMES = ("first", "arrange", "find", "keys", "inspect", "inspected")
OF_THE_HOUSE = {"first": "/", "arrange": "/tables/columns/", "find": "/find/", "keys": "/find/keys/",
                "inspect": "/inspect/", "inspected": "/inspect/part/"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_called_as_one_likes(name: str, alice_client: Client, alice: User) -> None:
    before = links_of(alice_client)

    def function(request: PageRequest) -> ui.Page:
        return ui.Page([ui.Text("Mine.")])

    function.__name__ = name
    with declared(page("Mine", route="my-own/"), function) as mine:
        assert (mine.url(), reverse(f"pages:{name}")) == ("/my-own/", "/my-own/")
        assert "Mine." in alice_client.get("/my-own/").content.decode()
        assert links_of(alice_client) == before
        # A wizard that somebody came to from a page of the house does not lead back to the one of that name.
        request = alice_client.get("/account/", headers={"Referer": f"http://testserver{OF_THE_HOUSE[name]}"})
        with acting_as(Identity.of(alice)):
            assert origin_of(request.wsgi_request, {}, None) is None
            assert origin_of(request.wsgi_request, {}, "/my-own/") is not None


def links_of(client: Client) -> set[str]:
    """Where the shell leads to find something, and to the list of keys."""
    html = client.get("/account/").content.decode()
    return set(re.findall(r'(?:data-find-url|data-keys-url)="([^"]+)"', html)) | set(
        re.findall(r'href="([^"]+)" data-find', html)
    )
