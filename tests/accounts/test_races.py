"""Fifty at once, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from accounts.invitations import InvitationRefused, accept, invite
from accounts.models import Invitation, Membership, Organization, Role, User
from accounts.organizations import LastAdmin, change_role, found, leave

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 50


def together(tasks: list[Callable[[], Any]]) -> list[object]:
    """What each task returned or raised, all of them started at the same moment."""
    start = Barrier(len(tasks))
    outcomes: list[object] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        start.wait()
        try:
            outcomes[place] = task()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def people(count: int) -> list[User]:
    return User.objects.bulk_create([User(email=f"{number}@example.com") for number in range(count)])


def admins_of(organization: Organization) -> int:
    return Membership.objects.filter(organization=organization, role=Role.ADMIN).count()


def test_of_fifty_who_accept_one_succeeds() -> None:
    founder = User.objects.create_user("alice@example.com")
    acme = found(founder, "Acme")
    token_hash = invite(founder, acme, Role.MEMBER).invitation.token_hash

    def accepting(person: User) -> Callable[[], Any]:
        return lambda: accept(Invitation.objects.get(token_hash=token_hash), person)

    outcomes = together([accepting(person) for person in people(AT_ONCE)])
    succeeded = [outcome for outcome in outcomes if isinstance(outcome, Membership)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, InvitationRefused)]
    assert (len(succeeded), len(refused)) == (1, AT_ONCE - 1), outcomes
    assert Membership.objects.filter(organization=acme).count() == 2
    assert Invitation.objects.get().used_by_id == succeeded[0].user_id


def test_of_fifty_attempts_of_one_person_one_succeeds() -> None:
    founder = User.objects.create_user("alice@example.com")
    acme = found(founder, "Acme")
    (person,) = people(1)
    made = [invite(founder, acme, Role.MEMBER).invitation for _time in range(2)]
    tasks: list[Callable[[], Any]] = [
        lambda invitation=made[turn % 2]: accept(invitation, person)  # type: ignore[misc]
        for turn in range(AT_ONCE)
    ]
    outcomes = together(tasks)
    assert sum(isinstance(outcome, Membership) for outcome in outcomes) == 1, outcomes
    assert Invitation.objects.filter(used_at=None).count() == 1


def test_of_fifty_admins_who_leave_one_stays() -> None:
    admins = people(AT_ONCE)
    acme = found(admins[0], "Acme")
    rest = [Membership(organization=acme, user=person, role=Role.ADMIN) for person in admins[1:]]
    Membership.objects.bulk_create(rest)
    outcomes = together([lambda person=person: leave(person, acme) for person in admins])  # type: ignore[misc]
    assert admins_of(acme) == 1
    assert sum(isinstance(outcome, LastAdmin) for outcome in outcomes) == 1, outcomes
    assert outcomes.count(None) == AT_ONCE - 1


def test_two_admins_who_demote_each_other_leave_one() -> None:
    first, second = people(2)
    acme = found(first, "Acme")
    Membership.objects.create(organization=acme, user=second, role=Role.ADMIN)
    together(
        [
            lambda: change_role(first, acme, second.pk, Role.MEMBER),
            lambda: change_role(second, acme, first.pk, Role.MEMBER),
        ]
    )
    assert admins_of(acme) == 1


def test_founding_at_once_gives_different_short_names() -> None:
    founders = people(10)
    outcomes = together([lambda person=person: found(person, "Acme") for person in founders])  # type: ignore[misc]
    assert all(isinstance(outcome, Organization) for outcome in outcomes), outcomes
    assert len(set(Organization.objects.values_list("slug", flat=True))) == 10
