"""Founding an organisation: personal values come along when asked, and only then."""

from __future__ import annotations

from accounts.founding import movables, move_all, offers_for
from accounts.models import Organization, User
from capsule import acting_as
from live.changes import version_of
from settings_app.moving import count, move
from settings_app.values import topic_of
from tests.testapp.declared.settings import font_size, greeting, ratio


def test_only_owner_scope_is_offered_and_nothing_moves_unasked(charlie: User) -> None:
    key = f"user:{charlie.pk}"
    assert count(key) == 0
    with acting_as(user=charlie):
        greeting.set("Mine")
        ratio.set(0.25)
        font_size.set(20)  # user scope: the same key, but it stays with the person
        assert count(key) == 2
        assert "2 settings" in [offer.label for offer in offers_for(key)]
        assert greeting.get() == "Mine"
    assert "settings" in movables


def test_what_is_asked_for_comes_along(charlie: User) -> None:
    initech = Organization.objects.create(name="Initech", slug="initech")
    old, new = f"user:{charlie.pk}", f"org:{initech.pk}"
    with acting_as(user=charlie):
        greeting.set("Mine")
        font_size.set(20)
    assert move_all(old, new) == 1
    with acting_as(user=charlie):
        assert greeting.get() == "Hello"
        assert font_size.get() == 20
    with acting_as(user=charlie, organization=initech):
        assert greeting.get() == "Mine"
    assert version_of(topic_of("test_greeting", old)) == 2
    assert version_of(topic_of("test_greeting", new)) == 1


def test_what_the_organisation_has_set_is_not_overwritten(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("Ours")
    with acting_as(user=alice):
        greeting.set("Mine")
        assert move(f"user:{alice.pk}", f"org:{acme.pk}") == 0
        assert greeting.get() == "Mine"
    with acting_as(user=alice, organization=acme):
        assert greeting.get() == "Ours"
