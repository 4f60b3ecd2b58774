from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from accounts.models import Organization, User
from capsule import Identity, NoIdentity, ScopeError, acting_as, current_identity
from capsule.identity import Binding, bound, start_session
from capsule.scopes import Scope


def test_a_person_has_a_key_in_each_scope_that_they_reach() -> None:
    identity = Identity(user_id="7", organization_id="3", session_id="c")
    scopes: list[Scope] = ["app", "user", "owner", "session"]
    assert [identity.key(scope) for scope in scopes] == ["app", "user:7", "org:3", "conv:c"]
    assert identity.owner_id == "3"
    assert identity.is_authenticated


def test_without_an_organization_the_owner_is_the_person() -> None:
    identity = Identity(user_id="7")
    assert identity.key("owner") == identity.key("user") == "user:7"
    assert identity.owner_id == "7"


@pytest.mark.parametrize("scope", ["user", "owner", "session"])
def test_a_visitor_has_no_key_rather_than_everybodys(scope: Scope) -> None:
    assert not Identity().is_authenticated
    with pytest.raises(ScopeError):
        Identity().key(scope)


@pytest.mark.parametrize("scope", ["user", "owner"])
def test_an_organization_without_a_person_opens_nothing(scope: Scope) -> None:
    with pytest.raises(ScopeError):
        Identity.of(organization="3").key(scope)


def test_a_visitor_with_a_conversation_has_that_alone() -> None:
    assert Identity.of(session="c").key("session") == "conv:c"


def test_of_takes_objects_or_ids(alice: User, acme: Organization) -> None:
    from_objects = Identity.of(user=alice, organization=acme)
    from_ids = Identity.of(user=str(alice.pk), organization=acme.pk)
    assert from_objects == from_ids
    assert from_objects.key("owner") == f"org:{acme.pk}"


def test_an_id_carries_no_privilege(dana: User) -> None:
    assert Identity.of(user=dana).is_staff
    assert not Identity.of(user=dana.pk).is_staff


@pytest.mark.parametrize("nobody", [None, "", AnonymousUser()])
def test_of_nobody_is_a_visitor(nobody: object) -> None:
    assert Identity.of(user=nobody) == Identity()


def test_an_identity_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Identity(user_id="7").user_id = "8"  # type: ignore[misc]


def test_permissions_are_asked_of_the_person(alice: User, dana: User) -> None:
    permission = Permission.objects.get(codename="view_organization")
    word = "accounts.view_organization"
    assert not Identity.of(user=alice).has_perm(word)
    alice.user_permissions.add(permission)
    assert Identity.of(user=User.objects.get(pk=alice.pk)).has_perm(word)
    assert Identity.of(user=alice.pk).has_perm(word)
    assert Identity.of(user=dana).has_perm(word)
    assert not Identity().has_perm(word)


def test_somebody_deactivated_has_no_permission(dana: User) -> None:
    User.objects.filter(pk=dana.pk).update(is_active=False)
    assert not Identity.of(user=dana.pk).has_perm("accounts.view_organization")
    assert not Identity.of(user=User.objects.get(pk=dana.pk)).has_perm("accounts.view_organization")


def test_nobody_acts_outside_a_block_and_the_error_says_what_to_write() -> None:
    with pytest.raises(NoIdentity, match="acting_as"):
        current_identity()


def test_acting_as_nests_and_ends_even_with_an_error() -> None:
    with acting_as(user="1") as outer:
        with pytest.raises(ZeroDivisionError), acting_as(user="2", session="c"):
            assert current_identity() == Identity(user_id="2", session_id="c")
            raise ZeroDivisionError
        assert current_identity() is outer
    with pytest.raises(NoIdentity):
        current_identity()


def test_acting_as_takes_one_way_of_saying_who() -> None:
    with pytest.raises(TypeError, match="not both"), acting_as(Identity(user_id="1"), user="2"):
        pass


def test_another_thread_is_nobody() -> None:
    seen: list[bool] = []

    def look() -> None:
        try:
            current_identity()
        except NoIdentity:
            seen.append(True)

    with acting_as(user="1"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [True]


def test_tasks_and_their_threads_each_keep_their_own() -> None:
    async def who(user: str) -> tuple[str | None, str | None]:
        with acting_as(user=user):
            await asyncio.sleep(0)  # let the others bind theirs
            in_thread = await asyncio.to_thread(current_identity)
            return current_identity().user_id, in_thread.user_id

    async def all_of_them() -> list[tuple[str | None, str | None]]:
        return await asyncio.gather(*(who(str(number)) for number in range(20)))

    assert asyncio.run(all_of_them()) == [(str(number), str(number)) for number in range(20)]


def test_a_binding_asks_who_it_is_once_and_only_when_needed() -> None:
    asked: list[int] = []

    def make() -> Identity:
        asked.append(1)
        return Identity(user_id="7")

    with bound(Binding(make)):
        assert asked == []
        assert current_identity() is current_identity()
    assert asked == [1]


def test_after_signing_in_the_binding_asks_again() -> None:
    people: Iterator[Identity] = iter([Identity(), Identity(user_id="7")])
    binding = Binding(lambda: next(people))
    with bound(binding):
        assert not current_identity().is_authenticated
        binding.forget()
        assert current_identity().user_id == "7"


def test_a_conversation_begins_at_the_first_write_and_once() -> None:
    begun: list[str] = []

    def start() -> str:
        begun.append("c")
        return "c"

    with bound(Binding(Identity, start)):
        assert current_identity().session_id is None
        assert start_session().key("session") == "conv:c"
        assert start_session().key("session") == "conv:c"
        assert current_identity().session_id == "c"
    assert begun == ["c"]


def test_where_none_can_begin_there_is_no_conversation() -> None:
    with acting_as(user="7"), pytest.raises(ScopeError):
        start_session().key("session")
