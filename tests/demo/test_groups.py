"""Django's own groups, a model that knows nothing of collections: staff look at them, nobody writes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.models import Organization, User
from capsule_testing import Browser, assert_only_visible_to, page
from demo import seed

GROUPS = "/collections/groups/"


def test_staff_look_at_them(dana: User) -> None:
    group = Group.objects.create(name="Night shift")
    record = page(GROUPS, as_=dana).table().row(name="Night shift").open()
    assert record.status == 200 and record.url.startswith(f"{GROUPS}{group.pk}/")
    browser = Browser(dana)
    assert browser.open(f"{GROUPS}add/").status == 403
    assert browser.post(f"{GROUPS}{group.pk}/delete/").status == 403


def test_their_page_stands_in_the_sidebar_of_staff_alone(dana: User, alice: User, acme: Organization) -> None:
    Group.objects.create(name="Night shift")
    shown = page("/groups/", as_=dana)
    assert "Night shift" in shown.text and "Groups" in shown.sidebar
    assert "Groups" not in page("/contacts/", as_=alice).sidebar
    for address in ("/groups/", GROUPS):
        assert_only_visible_to(address, dana)


@pytest.mark.django_db
def test_the_seed_makes_some_once() -> None:
    seed._groups(lambda sentence: None)
    seed._groups(lambda sentence: None)
    readers = Group.objects.get(name="Readers of threads")
    assert [right.codename for right in readers.permissions.all()] == ["view_threads"]
    assert Group.objects.count() == len(seed.GROUPS)
