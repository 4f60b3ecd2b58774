"""Mail that arrives while one looks on: one delivery at a time for an owner, whoever pressed the button."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from capsule import Identity, acting_as
from demo import mail
from demo.declarations import contacts, threads
from tests.demo.conftest import client_of
from tests.demo.test_start import HTMX, text_of, words_of
from tests.together import together


@pytest.fixture(autouse=True)
def at_once(settings: Any) -> None:
    settings.CAPSULE_DEMO_MAIL_EVERY = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Identity, str]]:
    """What would be delivered in the background: within a test nothing runs beside it."""
    found: list[tuple[Identity, str]] = []
    monkeypatch.setattr(mail, "in_background", lambda *delivery: found.append(delivery))
    return found


@pytest.fixture
def alice(desk: Organization) -> Client:
    return client_of("alice", desk)


@pytest.fixture
def acting(desk: Organization) -> Iterator[Identity]:
    with acting_as(user=User.objects.get(name="Alice"), organization=desk) as identity:
        yield identity


def press(client: Client, button: str = "begin", **headers: str) -> Any:
    return client.post(reverse("pages:let_mail_arrive"), {"button": button}, headers=headers)


def begun() -> str:
    delivery = mail.begin()
    assert delivery is not None
    return str(delivery.id)


def test_a_click_lets_thirty_threads_arrive_for_the_desk(
    alice: Client, desk: Organization, asked: list[tuple[Identity, str]]
) -> None:
    before = threads.across_scopes().count()
    response = press(alice)
    assert (response.status_code, response["Location"]) == (302, reverse("pages:start"))
    assert "Mail is arriving: 0 of 30" in words_of(alice.get(reverse("pages:start")))
    [(identity, delivery)] = asked
    mail.deliver(identity, delivery)
    assert threads.across_scopes().count() == before + 30
    for client in (alice, client_of("bob", desk)):
        page = words_of(client.get(reverse("pages:start")))
        assert "Let mail arrive" in page
        assert "Mail is arriving" not in page


def test_htmx_gets_the_button_alone(alice: Client, asked: list[Any]) -> None:
    response = press(alice, **HTMX)
    assert response.status_code == 200
    assert text_of(response).strip().startswith("<section")
    assert "Mail is arriving: 0 of 30" in words_of(response)
    assert "Stop" in words_of(response)


def test_a_second_click_says_how_many_are_still_to_come(
    alice: Client, desk: Organization, asked: list[Any]
) -> None:
    press(alice)
    with acting_as(user=User.objects.get(name="Bob"), organization=desk):
        mail.deliveries.update_one({}, {"$inc": {"arrived": 12}})
    bob = client_of("bob", desk)
    assert "18 threads are still to come" in words_of(press(bob, **HTMX))
    assert len(asked) == 1


def test_another_desk_has_a_delivery_of_its_own(alice: Client, desk: Organization, asked: list[Any]) -> None:
    press(alice)
    charlie = client_of("charlie", desk)
    assert "Mail is arriving" not in words_of(charlie.get(reverse("pages:start")))
    press(charlie)
    assert len(asked) == 2
    assert {identity.key("owner") for identity, _delivery in asked} == {
        f"org:{desk.pk}",
        f"user:{User.objects.get(name='Charlie').pk}",
    }


def test_stop_lets_no_more_arrive(alice: Client, asked: list[tuple[Identity, str]]) -> None:
    press(alice)
    press(alice, "end")
    before = threads.across_scopes().count()
    mail.deliver(*asked[0])
    assert threads.across_scopes().count() == before
    assert "Let mail arrive" in words_of(alice.get(reverse("pages:start")))
    press(alice, "end")  # there is nothing to stop, and nothing happens
    press(alice)
    assert len(asked) == 2


def test_a_delivery_that_was_stopped_on_its_way_ends_there(
    acting: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, before = begun(), threads.count()
    letters = [*mail.letters(Random(1), 5)]

    def stopped_after_three(chance: Random, count: int) -> Iterator[dict[str, Any]]:
        yield from letters[:3]
        mail.end()
        yield from letters[3:]

    monkeypatch.setattr(mail, "letters", stopped_after_three)
    mail.deliver(acting, delivery)
    assert threads.count() == before + 3
    ended = mail.latest()
    assert ended is not None and (ended["arrived"], ended["state"]) == (3, "stopped")


def test_a_delivery_whose_server_was_stopped_is_forgotten(
    acting: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begun()
    assert mail.begin() is None
    later = timezone.now() + timedelta(seconds=mail.FORGOTTEN_AFTER + 1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert not mail.is_arriving(mail.latest())
    assert begun() != first
    # Should it go on after all, it finds that another took its place.
    before = threads.count()
    mail.deliver(acting, first)
    assert threads.count() == before


def test_what_is_not_written_is_not_counted(acting: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = begun()

    def refused(document: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(threads, "insert_one", refused)
    with pytest.raises(RuntimeError):
        mail.deliver(acting, delivery)
    counted = mail.latest()
    assert counted is not None and counted["arrived"] == 0


def test_letters_look_like_those_of_the_desk(acting: Identity) -> None:
    senders = {contact["email"] for contact in contacts.find()}
    letters = [*mail.letters(Random(1), 30)]
    assert {letter["sender"] for letter in letters} <= senders
    assert {letter["received"] for letter in letters} == {timezone.localdate()}
    assert [letter["status"] for letter in letters].count("closed") == 6
    assert all("{" not in letter["subject"] for letter in letters)
    assert all((letter["closed"] is not None) == (letter["status"] == "closed") for letter in letters)


def test_without_contacts_somebody_writes_all_the_same(db: None) -> None:
    with acting_as(user="01890000-0000-7000-8000-000000000000"):
        assert next(mail.letters(Random(1), 1))["sender"]


def test_what_goes_wrong_in_the_background_is_logged(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(identity: Identity, delivery_id: str) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(mail, "deliver", fails)
    monkeypatch.setattr(mail.logger, "propagate", True)
    mail.in_background(Identity(), "any")
    for thread in threading.enumerate():
        if thread.name == "demo-mail":
            assert thread.daemon
            thread.join(10)
    assert "No more mail arrives" in caplog.text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_clicks_at_the_same_moment_one_begins() -> None:
    person = User.objects.create_user("eve@example.com", name="Eve")
    won: list[Any] = []

    def click(n: int) -> None:
        with acting_as(user=person):
            won.append(mail.begin())

    together(6, click)
    assert len([delivery for delivery in won if delivery is not None]) == 1
