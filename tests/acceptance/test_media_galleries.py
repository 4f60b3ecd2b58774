"""Capsule's media galleries, written on our API: they stand beside the chat, and follow what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from conversations.models import Conversation
from tests.acceptance.installing import installed
from tests.conversations.chatting import run_all
from tests.conversations.test_chat_panel import panel, post_from

pytestmark = pytest.mark.django_db

PAGE = "/media/"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with installed(monkeypatch, "media_galleries") as module:
        yield module


def shown(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200, response.content
    html = unescape(response.content.decode())
    assert "could not be shown" not in html
    return html


def made(client: Client, text: str) -> None:
    """Write beside the galleries, as a person does."""
    html = client.get(PAGE).content.decode()
    assert post_from(client, panel(html, "studio"), text).status_code == 302
    run_all()


def test_each_message_adds_one_to_both_galleries(app: Any, alice_client: Client) -> None:
    assert "No films yet." in shown(alice_client) and not Conversation.objects.exists()
    for count, text in enumerate(["A red kite", "Two boats"], 1):
        made(alice_client, text)
        html = shown(alice_client)
        assert html.count('alt="A red kite"') == 1 and html.count('alt="Two boats"') == count - 1
        assert "No films yet." not in html
        for name in ("generated_images", "generated_videos"):
            assert len(alice_client.get(f"/data/{name}").json()) == count


def test_the_organisation_shares_it_and_nobody_else_sees_it(
    app: Any, alice_client: Client, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    made(alice_client, "A red kite")
    made(bob_client, "Two boats")
    assert Conversation.objects.count() == 1
    for member in (alice_client, bob_client):
        images = member.get("/data/generated_images").json()
        assert [one["alt"] for one in images] == ["A red kite", "Two boats"]
    assert "A red kite" not in shown(charlie_client)
    assert charlie_client.get("/data/generated_images").json() == []
    assert client.get(PAGE).status_code == 302
    refused = client.get("/data/generated_images", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]) == (401, "authentication_required")


def test_each_gallery_is_told_of_what_the_chat_keeps(
    app: Any, alice_client: Client, bob_client: Client
) -> None:
    """Before the first message the list of the organisation's chats is followed, then the one that began."""
    made(alice_client, "A red kite")
    chat = Conversation.objects.get()
    html = shown(bob_client)
    films = html.partition('id="table-generated_videos"')[2].partition(">")[0]
    assert f"conversation:{chat.pk}=" in films
    page = html.partition('<main id="main"')[2].partition(">")[0]
    assert f"conversation:{chat.pk}=" in page
