"""``session.data`` is followed by whoever reads it, by the version before it was read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from conversations import ConversationRequest
from conversations.models import Conversation
from conversations.sessions import ConversationStore, topic_of
from live.topics import Topic
from live.tracking import tracking
from live.versions import version_of
from tests.conftest import signed_in
from tests.conversations.conftest import Tell
from tests.meanwhile import meanwhile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.conversations.urls")]

Reads = dict[Topic, int]


def count_up(request: ConversationRequest) -> None:
    request.conversation.data.increment("n")


@pytest.fixture
def browser(alice: User, tell: Tell) -> Client:
    """Alice's browser, which has a conversation."""
    client = signed_in(alice)
    tell(client, count_up)
    return client


def elsewhere() -> None:
    """One more, by another request."""
    store = ConversationStore(conversation_id=Conversation.objects.get().pk)
    store.change(lambda data: {**data, "n": data["n"] + 1})


def ahead() -> int:
    """How much the version is ahead of the number: the conversation's beginning is a change too."""
    conversation = Conversation.objects.get()
    stored = ConversationStore(conversation_id=conversation.pk).read()
    return version_of(topic_of(conversation.pk)) - int(stored["n"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_each_read_is_noted_by_the_version_before_it(method: str, browser: Client, tell: Tell) -> None:
    seen: list[tuple[int, Reads]] = []

    def look(request: ConversationRequest) -> None:
        with meanwhile(elsewhere), tracking() as reads:
            seen.append((request.conversation.data["n"], reads.topics))

    more = ahead()
    tell(browser, look, method=method)
    (value, topics), topic = seen[0], topic_of(Conversation.objects.get().pk)
    assert value >= topics[topic] - more


def test_who_read_it_before_anybody_tracked_reads_it_anew(browser: Client, tell: Tell) -> None:
    seen: list[tuple[int, Reads]] = []

    def look(request: ConversationRequest) -> None:
        assert request.conversation.exists  # which brings along what is stored
        elsewhere()
        with tracking() as reads:
            seen.append((request.conversation.data["n"], reads.topics))

    more = ahead()
    tell(browser, look, method="get")
    (value, topics), topic = seen[0], topic_of(Conversation.objects.get().pk)
    assert value >= topics[topic] - more


def test_each_of_several_that_read_it_follows_it(browser: Client, tell: Tell) -> None:
    """Two widgets of a page: the second finds it read already, and shows it all the same."""
    seen: list[Any] = []

    def look(request: ConversationRequest) -> None:
        for _ in range(2):
            with tracking() as reads:
                assert request.conversation.data["n"] == 1
            seen.append(reads.topics)

    tell(browser, look, method="get")
    assert [len(topics) for topics in seen] == [1, 1]


def test_who_read_it_untracked_and_then_tracked_follows_it(browser: Client, tell: Tell) -> None:
    seen: list[tuple[int, Reads]] = []

    def look(request: ConversationRequest) -> None:
        assert request.conversation.data["n"] == 1
        elsewhere()
        with tracking() as reads:
            seen.append((request.conversation.data["n"], reads.topics))

    more = ahead()
    tell(browser, look, method="get")
    (value, topics), topic = seen[0], topic_of(Conversation.objects.get().pk)
    assert value >= topics[topic] - more
