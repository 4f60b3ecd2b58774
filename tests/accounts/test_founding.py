from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils.translation import ngettext

from accounts.active import ORGANIZATION_KEY
from accounts.founding import Movable, movables
from accounts.models import Membership, Organization, Role, User
from accounts.organizations import found
from accounts.versions import access_topic
from capsule.scopes import organization_key, user_key
from live.changes import version_of

FORM = "/organization/new/"


class Things:
    """A stand-in for what an upper layer keeps in owner scope."""

    def __init__(self) -> None:
        self.owners: list[str] = []

    def movable(self, one: str, many: str) -> Movable:
        return Movable(
            label_for_count=lambda count: ngettext(f"%d {one}", f"%d {many}", count) % count,
            count=lambda key: self.owners.count(key),
            move=self._move,
        )

    def _move(self, old: str, new: str) -> int:
        moved = self.owners.count(old)
        self.owners = [new if owner == old else owner for owner in self.owners]
        return moved


@pytest.fixture
def threads() -> Iterator[Things]:
    things = Things()
    with movables.temporarily("accounts_test_threads", things.movable("thread", "threads")):
        yield things


@pytest.fixture
def notes() -> Iterator[Things]:
    things = Things()
    with movables.temporarily("accounts_test_notes", things.movable("note", "notes")):
        yield things


def test_the_founder_is_its_admin_and_it_is_active(charlie_client: Client, charlie: User) -> None:
    assert charlie_client.get(FORM).status_code == 200
    assert charlie_client.post(FORM, {"name": "  Charlie &  Sons "})["Location"] == "/organization/"
    organization = Organization.objects.get()
    assert (organization.name, organization.slug) == ("Charlie & Sons", "charlie-sons")
    assert Membership.objects.get().role == Role.ADMIN
    assert charlie_client.session[ORGANIZATION_KEY] == str(organization.pk)
    assert version_of(access_topic(charlie.pk)) == 1
    assert User.objects.get(pk=charlie.pk).auth_version == 2


def test_the_form_offers_what_there_is(
    charlie_client: Client, charlie: User, threads: Things, notes: Things
) -> None:
    threads.owners = [user_key(str(charlie.pk))] * 14
    notes.owners = [user_key(str(charlie.pk))] * 3
    html = charlie_client.get(FORM).content.decode()
    assert "Bring along what you have: 14 threads and 3 notes" in html
    box = html[html.index('name="bring"') - 100 : html.index('name="bring"') + 100]
    assert "checked" not in box


def test_the_form_offers_nothing_where_there_is_nothing(charlie_client: Client, threads: Things) -> None:
    threads.owners = ["user:somebody-else"]
    assert "bring" not in charlie_client.get(FORM).content.decode()


def test_nothing_moves_unasked(charlie_client: Client, charlie: User, threads: Things) -> None:
    mine = user_key(str(charlie.pk))
    threads.owners = [mine, mine, "user:other"]
    charlie_client.post(FORM, {"name": "Unasked"})
    assert threads.owners == [mine, mine, "user:other"]


def test_everything_of_ones_own_moves_when_asked_and_nothing_is_lost(
    charlie_client: Client, charlie: User, threads: Things, notes: Things
) -> None:
    mine = user_key(str(charlie.pk))
    threads.owners = [mine, mine, "user:other", "org:other"]
    notes.owners = [mine]
    charlie_client.post(FORM, {"name": "Asked", "bring": "on"})
    theirs = organization_key(str(Organization.objects.get().pk))
    assert threads.owners == [theirs, theirs, "user:other", "org:other"]
    assert notes.owners == [theirs]


def test_a_move_that_fails_founds_nothing(charlie: User) -> None:
    def fail(old: str, new: str) -> int:
        raise RuntimeError("The disk is full.")

    broken = Movable(label_for_count=str, count=lambda key: 1, move=fail)
    with movables.temporarily("broken", broken), pytest.raises(RuntimeError):
        found(charlie, "Never", bring=True)
    assert not Organization.objects.exists()
    assert not Membership.objects.exists()


def test_equal_names_get_different_short_names(charlie: User) -> None:
    slugs = {found(charlie, "Acme").slug for _time in range(5)}
    assert len(slugs) == 5
    assert "acme" in slugs


@pytest.mark.parametrize("name", ["日本", "!!!", "---", "x" * 120, "Ünïcödé & Çö"])
def test_any_name_that_can_be_seen_will_do(charlie: User, name: str) -> None:
    organization = found(charlie, name)
    assert organization.name == name
    assert 0 < len(organization.slug) <= 64


def test_a_visitor_founds_nothing(client: Client, db: None) -> None:
    assert client.post(FORM, {"name": "No"}).status_code == 401
    assert client.get(FORM).status_code == 302
    assert not Organization.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "\0", "a\u202eb", "\u200b\u200d", "x" * 1_000_000])
def test_a_name_that_will_not_do_comes_back(charlie_client: Client, name: str) -> None:
    assert charlie_client.post(FORM, {"name": name}).status_code == 422
    assert not Organization.objects.exists()
