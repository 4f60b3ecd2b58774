from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from conversations.errors import MessageRefused
from conversations.models import Conversation, ConversationSession
from conversations.sessions import topic_of
from live.changes import version_of
from tests.conftest import signed_in
from tests.conversations.chatting import say
from tests.conversations.conftest import conversation_of, data_of

pytestmark = pytest.mark.django_db

LIST = "/admin/conversations/conversation/"


def page_of(conversation: Conversation, action: str = "change") -> str:
    return reverse(f"admin:conversations_conversation_{action}", args=[conversation.pk])


@pytest.fixture
def filled(alice: User, acme: Organization) -> Conversation:
    conversation = conversation_of(alice, acme)
    data_of(conversation).set("answers", {"subject": "Zoë <script>alert(1)</script>"})
    return conversation


def test_the_list_says_whose_in_words(dana_client: Client, filled: Conversation, bob: User) -> None:
    conversation_of(bob)
    conversation_of()
    page = dana_client.get(LIST).content.decode()
    for words in ("Alice", "Acme", "Bob", "Personal", "a visitor", "this browser alone"):
        assert words in page


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    dana_client: Client, bob: User, filled: Conversation, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for batch in range(2):
        with django_assert_max_num_queries(12) as queries:
            assert dana_client.get(LIST).status_code == 200
        counts.append(len(queries))
        for at in range(10):
            organization = Organization.objects.create(name=f"Org {at}", slug=f"org-{batch}-{at}")
            conversation_of(bob, organization)
    assert counts[0] == counts[1]
    assert not [query for query in queries if 'conversationsession"."session_data' in query["sql"]]


def test_the_list_is_searched_and_sorted(dana_client: Client, filled: Conversation, bob: User) -> None:
    of_bob = conversation_of(bob)
    page = dana_client.get(LIST, {"q": "alice@"}).content.decode()
    assert str(filled.pk) in page and str(of_bob.pk) not in page
    for column in range(1, 8):
        assert dana_client.get(LIST, {"o": str(column)}).status_code == 200


def test_the_data_is_readable_and_escaped(dana_client: Client, filled: Conversation) -> None:
    page = dana_client.get(page_of(filled)).content.decode()
    assert "Zoë &lt;script&gt;" in page and "<script>alert" not in page
    assert "Acme" in page and "Alice" in page


def test_the_messages_are_readable_in_their_order_by_one_query(
    dana_client: Client, filled: Conversation, django_assert_max_num_queries: Any
) -> None:
    for text in ("first <script>alert(1)</script>", "second"):
        say(filled, text)
    with django_assert_max_num_queries(12) as queries:
        page = dana_client.get(page_of(filled)).content.decode()
    assert len([query for query in queries if "conversations_chatmessage" in query["sql"]]) == 1
    assert "<script>alert" not in page and page.index("first &lt;script") < page.index("second")
    assert "person · waiting" in page


def test_no_session_key_is_shown(dana_client: Client, filled: Conversation) -> None:
    key = ConversationSession.objects.get().session_key
    for path in (LIST, page_of(filled), page_of(filled, "delete"), page_of(filled, "history")):
        response = dana_client.get(path)
        assert response.status_code == 200
        assert key not in response.content.decode()
    assert key not in str(ConversationSession.objects.get())


def test_nothing_can_be_edited_or_added(dana_client: Client, filled: Conversation) -> None:
    assert dana_client.post(page_of(filled), {"title": "x", "owner_key": "app"}).status_code == 403
    assert dana_client.post(f"{LIST}add/", {"title": "x"}).status_code == 403
    filled.refresh_from_db()
    assert filled.title == ""


def test_it_can_be_deleted_and_that_is_announced(dana_client: Client, filled: Conversation) -> None:
    before = version_of(topic_of(filled.pk))
    assert dana_client.post(page_of(filled, "delete"), {"post": "yes"}).status_code == 302
    assert not ConversationSession.objects.exists()
    assert version_of(topic_of(filled.pk)) == before + 1


def test_several_can_be_deleted(dana_client: Client, filled: Conversation, bob: User) -> None:
    chosen = [str(filled.pk), str(conversation_of(bob).pk)]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert dana_client.post(LIST, form).status_code == 302
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("name", ["alice_client", "bob_client", "charlie_client", "client"])
def test_who_is_not_staff_sees_nothing(
    request: pytest.FixtureRequest, filled: Conversation, name: str
) -> None:
    browser: Client = request.getfixturevalue(name)
    for path in (LIST, page_of(filled), page_of(filled, "delete")):
        assert browser.get(path).status_code in (302, 403)
        assert browser.post(path, {"post": "yes"}).status_code in (302, 403)
    assert Conversation.objects.count() == 1


def test_staff_need_the_permission(filled: Conversation, charlie: User) -> None:
    User.objects.filter(pk=charlie.pk).update(is_staff=True)
    assert signed_in(charlie).get(LIST).status_code == 403
    charlie.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    browser = signed_in(charlie)
    assert browser.get(LIST).status_code == 200
    assert browser.post(page_of(filled, "delete"), {"post": "yes"}).status_code == 403


# Who looks is seen -------------------------------------------------------------------------------------


def entries(of: Conversation) -> list[tuple[str, str]]:
    found = LogEntry.objects.filter(object_id=str(of.pk)).order_by("pk")
    return [(str(entry.user), entry.change_message) for entry in found]


def test_each_reading_is_noted_without_what_was_said(dana_client: Client, filled: Conversation) -> None:
    say(filled, "a secret word")
    dana_client.get(LIST)
    assert entries(filled) == []
    for _ in range(2):
        dana_client.get(page_of(filled))
    assert [what for _who, what in entries(filled)] == ["Read.", "Read."]
    assert "Dana" in entries(filled)[0][0]
    assert not LogEntry.objects.filter(object_repr__contains="secret").exists()
    assert "Read." in dana_client.get(page_of(filled, "history")).content.decode()


def test_they_are_closed_and_exported_and_that_is_noted(dana_client: Client, filled: Conversation) -> None:
    def act(name: str) -> Any:
        return dana_client.post(LIST, {"action": name, "_selected_action": [str(filled.pk)]})

    assert act("close_chosen").status_code == 302
    with pytest.raises(MessageRefused, match="closed"):
        say(filled)
    assert act("reopen_chosen").status_code == 302
    say(filled, "kept words")
    exported = b"".join(act("export_chosen").streaming_content)
    line = json.loads(exported)
    assert line["messages"][0]["text"] == "kept words" and "answers" in line["data"]
    assert ConversationSession.objects.get().session_key not in exported.decode()
    assert [what for _who, what in entries(filled)] == ["Closed.", "Opened again.", "Exported."]


def test_who_may_only_look_closes_nothing(filled: Conversation, charlie: User) -> None:
    User.objects.filter(pk=charlie.pk).update(is_staff=True)
    charlie.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    form = {"action": "close_chosen", "_selected_action": [str(filled.pk)]}
    signed_in(charlie).post(LIST, form)
    filled.refresh_from_db()
    assert filled.closed_at is None
