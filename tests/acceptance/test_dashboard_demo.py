"""The dashboard of Capsule's own tutorial, written on our API, and what it promises there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from capsule import acting_as
from tests.acceptance.installing import installed
from tests.conversations.chatting import chat_of, reply_to, run_all, say

pytestmark = pytest.mark.django_db

OWN = ("activity", "daily_goal", "overview", "preferences")  # names that others have here too


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with installed(monkeypatch, "dashboard_demo", in_place_of=OWN) as module:
        yield module


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content
    return unescape(response.content.decode())


def test_a_parameter_of_the_address_reaches_the_handler(app: Any, alice_client: Client) -> None:
    assert alice_client.get("/data/activity?period=30d").json()[-1] == {"day": "30d: day 25", "count": 6}
    assert len(alice_client.get("/data/activity").json()) == 5
    refused = alice_client.get("/data/activity?period=90d", headers={"Accept": "application/json"})
    assert refused.status_code == 400 and "period" in refused.json()["fields"]


def test_each_is_asked_as_themselves_and_a_visitor_is_told_to_sign_in(
    app: Any, alice: User, alice_client: Client, charlie: User, charlie_client: Client, client: Client
) -> None:
    assert alice_client.get("/data/stats").json()["viewer"] == str(alice.pk)
    assert charlie_client.get("/data/stats").json()["viewer"] == str(charlie.pk)
    for name in ("stats", "activity", "recent_tasks"):
        refused = client.get(f"/data/{name}", headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json()["error"]) == (401, "authentication_required")


def test_the_overview_shows_three_metrics_the_chart_and_the_table(app: Any, alice_client: Client) -> None:
    html = text(alice_client, "/overview/?period=30d")
    for number in ("12", "4", "97"):
        assert re.search(rf">\s*{number}", html)
    assert html.count('class="widget-notice') == 0
    assert "30d: day 25" in html and '<option value="30d" selected>' in html
    heads = re.findall(r"<th\b.*?</th>", html.partition('id="table-recent_tasks"')[2], re.DOTALL)
    assert [re.sub(r"<[^>]+>|\s+", "", head) for head in heads][:3] == ["Title", "Status", "Owner"]
    for task in ("Write the report", "Call the printer", "Water the plants"):
        assert task in html


def test_the_preferences_are_each_persons_own(
    app: Any, alice: User, alice_client: Client, charlie: User, charlie_client: Client
) -> None:
    html = text(alice_client, "/preferences/")
    assert "Display" in html and 'placeholder="Summarise my open tasks."' in html and "<textarea" in html
    assert re.search(r'type="number"[^>]*step="1"[^>]*min="1"[^>]*max="20"', html)
    assert alice_client.post("/settings/daily_goal/", {"value": "7"}).status_code in (200, 302)
    assert alice_client.post("/settings/daily_goal/", {"value": "21"}).status_code in (400, 422)
    with acting_as(user=alice):
        assert app.daily_goal.get() == 7
    assert 'value="7"' in text(alice_client, "/preferences/")
    with acting_as(user=charlie):
        assert app.daily_goal.get() == 3, "a stranger's is as it was"


def test_the_first_goal_that_is_set_in_a_conversation_holds(app: Any, alice: User, charlie: User) -> None:
    for person, texts in ((alice, ["Hello", "set goal 5", "Hello"]), (charlie, ["Hello"])):
        messages = [say(chat_of(person, handler="dashboard-assistant"), one) for one in texts]
        run_all()
        replies = [reply_to(one) for one in messages]
        assert replies[0] == "Your goal is 3 a day. Prompt: none."
        if person == alice:
            assert replies[1:] == ["Your goal is 5 a day now.", "Your goal is 5 a day. Prompt: none."]
    with acting_as(user=alice):
        assert app.daily_goal.get() == 5
