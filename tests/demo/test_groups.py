"""Django's own groups, a model that knows nothing of collections: staff look at them, nobody writes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from demo import seed

pytestmark = pytest.mark.django_db

GROUPS = "/collections/groups/"


def test_staff_look_at_them(dana_client: Client) -> None:
    group = Group.objects.create(name="Night shift")
    assert b"Night shift" in dana_client.get(GROUPS).content
    assert dana_client.get(f"{GROUPS}{group.pk}/").status_code == 200
    assert dana_client.get(f"{GROUPS}add/").status_code == 403
    assert dana_client.post(f"{GROUPS}{group.pk}/delete/").status_code == 403


def test_their_page_stands_in_the_sidebar_of_staff_alone(dana_client: Client, alice_client: Client) -> None:
    Group.objects.create(name="Night shift")
    html = dana_client.get("/groups/").content
    assert b"Night shift" in html and b'href="/groups/"' in html
    assert alice_client.get("/groups/").status_code == 403
    assert b'href="/groups/"' not in alice_client.get("/contacts/").content


def test_the_seed_makes_some_once() -> None:
    seed._groups(lambda sentence: None)
    seed._groups(lambda sentence: None)
    readers = Group.objects.get(name="Readers of threads")
    assert [right.codename for right in readers.permissions.all()] == ["view_threads"]
    assert Group.objects.count() == len(seed.GROUPS)


def test_nobody_else_does(alice_client: Client, client: Client) -> None:
    Group.objects.create(name="Night shift")
    assert alice_client.get(GROUPS).status_code == 403
    assert client.get(GROUPS).status_code == 302
