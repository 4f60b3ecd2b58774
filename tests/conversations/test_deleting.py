from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Organization, User
from capsule import Identity, acting_as
from conversations.keeping import delete
from conversations.models import Conversation, ConversationSession
from conversations.opening import openable
from conversations.ownership import begin
from conversations.seats import Seat
from conversations.sessions import topic_of
from live.changes import version_of
from tests.conversations.conftest import conversation_of, data_of
from tests.testapp.declared.conversations import jottings

pytestmark = pytest.mark.django_db


def expire(conversation: Conversation) -> None:
    past = timezone.now() - timedelta(seconds=1)
    ConversationSession.objects.filter(conversation=conversation).update(expire_date=past)


def cleared() -> str:
    out = StringIO()
    call_command("clear_conversations", stdout=out)
    return out.getvalue()


def test_expired_conversations_are_cleared_and_others_stay(alice: User) -> None:
    old, current = conversation_of(alice), conversation_of(alice)
    data_of(current).set("a", 1)
    expire(old)
    assert cleared() == "Cleared 1 expired conversations.\n"
    assert list(Conversation.objects.all()) == [current]
    assert data_of(current) == {"a": 1}
    assert cleared() == "Cleared 0 expired conversations.\n"


def test_what_was_deleted_can_come_back_for_a_day_and_is_then_cleared(alice: User) -> None:
    chat = conversation_of(alice)
    delete(chat)
    assert cleared() == "Cleared 0 expired conversations.\n"
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(days=1, seconds=1))
    assert not openable(Identity.of(alice), deleted=True).exists()
    assert cleared() == "Cleared 1 expired conversations.\n"
    assert not Conversation.objects.exists()


def test_clearing_works_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.management.commands.clear_conversations.BATCH", 2)
    for _ in range(5):
        expire(conversation_of())
    assert "Cleared 5 " in cleared()
    assert not Conversation.objects.exists()


def test_the_lifetime_is_a_setting_and_counts_from_the_last_write(settings: object) -> None:
    settings.CAPSULE_CONVERSATION_LIFETIME = 1000  # type: ignore[attr-defined]
    conversation = conversation_of()
    settings.CAPSULE_CONVERSATION_LIFETIME = 5000  # type: ignore[attr-defined]
    data_of(conversation).increment("a")
    left = ConversationSession.objects.get().expire_date - timezone.now()
    assert timedelta(seconds=4900) < left <= timedelta(seconds=5000)


@pytest.mark.parametrize("lifetime", [90, 3600, 90 * 24 * 3600])
def test_a_write_puts_off_an_expiry_of_any_length(settings: Any, lifetime: int) -> None:
    settings.CAPSULE_CONVERSATION_LIFETIME = lifetime
    conversation = conversation_of()
    soon = timezone.now() + timedelta(seconds=lifetime / 2)
    ConversationSession.objects.update(expire_date=soon)
    data_of(conversation).increment("a")
    left = ConversationSession.objects.get().expire_date - timezone.now()
    assert left > timedelta(seconds=lifetime * 0.9)


def test_with_it_goes_what_was_kept_in_its_scope(alice: User) -> None:
    gone, stays = conversation_of(alice), conversation_of(alice)
    for conversation in (gone, stays):
        with acting_as(user=alice, session=conversation):
            jottings.insert_many([{"text": "one"}, {"text": "two"}])
    former = str(gone.pk)
    gone.delete()
    assert jottings.in_scope_of(Identity(session_id=former)).count() == 0
    assert jottings.in_scope_of(Identity(session_id=str(stays.pk))).count() == 2
    assert version_of(topic_of(former)) == 2


def test_with_a_person_go_their_conversations(alice: User, bob: User) -> None:
    conversation = conversation_of(alice)
    kept = conversation_of(bob)
    with acting_as(user=alice, session=conversation):
        jottings.insert_one({"text": "one"})
    alice.delete()
    assert list(Conversation.objects.all()) == [kept]
    assert jottings.across_scopes().count() == 0


def test_with_an_organisation_end_the_conversations_within_it(
    alice: User, bob: User, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.receivers.BATCH", 2)
    beta = Organization.objects.create(name="Beta", slug="beta")
    shared = begin(Identity.of(alice, acme), "test-helper", Seat("owner", single=True))
    within = [shared, conversation_of(alice, acme), conversation_of(bob, acme)]
    others = {conversation_of(alice), begin(Identity.of(alice, beta), "test-helper", Seat("owner"))}
    with acting_as(Identity(session_id=str(shared.pk))):
        jottings.insert_one({"text": "kept in it"})
    before = version_of(topic_of(shared.pk))
    acme.delete()
    assert set(Conversation.objects.all()) == others and len(within) == 3
    assert not jottings.across_scopes().count() and version_of(topic_of(shared.pk)) > before
