from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.active import ORGANIZATION_KEY
from accounts.invitations import invite
from accounts.models import Membership, Organization, Role, User
from accounts.organizations import LastAdmin, change_role, leave, remove_member
from accounts.versions import access_topic
from live.changes import version_of
from tests.conftest import signed_in


def role_of(user: User) -> str | None:
    return Membership.objects.filter(user=user).values_list("role", flat=True).first()


def path(organization: Organization, rest: str) -> str:
    return f"/organization/{organization.pk}/{rest}/"


# The page


def test_an_admin_sees_members_and_controls(alice_client: Client, acme: Organization, bob: User) -> None:
    html = alice_client.get("/organization/").content.decode()
    assert "bob@example.com" in html
    assert path(acme, f"members/{bob.pk}/role") in html
    assert path(acme, "invite") in html
    assert "Name for commands: <code>acme</code>" in html


def test_a_member_sees_members_without_controls(bob_client: Client, acme: Organization) -> None:
    html = bob_client.get("/organization/").content.decode()
    assert "alice@example.com" in html
    assert "/role/" not in html
    assert "Name for commands" not in html
    assert "/remove/" not in html
    assert path(acme, "invite") not in html
    assert path(acme, "leave") in html


def test_in_personal_nothing_of_any_organisation_is_seen(charlie_client: Client, acme: Organization) -> None:
    html = charlie_client.get("/organization/").content.decode()
    assert "Acme" not in html
    assert "/organization/new/" in html


def test_personal_offers_to_switch(alice: User, acme: Organization) -> None:
    assert "Switch to Acme" in signed_in(alice).get("/organization/").content.decode()


def test_the_page_costs_the_same_however_many_members(alice_client: Client, acme: Organization) -> None:
    with CaptureQueriesContext(connection) as few:
        alice_client.get("/organization/")
    for number in range(20):
        member = User.objects.create(email=f"{number}@example.com")
        Membership.objects.create(organization=acme, user=member)
    with CaptureQueriesContext(connection) as many:
        alice_client.get("/organization/")
    assert len(many) == len(few) <= 9


# Switching


def test_switching_there_and_back(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    sent = {"organization": str(acme.pk), "next": "/account/"}
    assert client.post("/organization/switch/", sent)["Location"] == "/account/"
    assert client.session[ORGANIZATION_KEY] == str(acme.pk)
    client.post("/organization/switch/", {"organization": ""})
    assert ORGANIZATION_KEY not in client.session


@pytest.mark.parametrize("chosen", ["nonsense", "5c797edd-d377-4c0a-9041-e2e1872e6a69", "\0", "x" * 100_000])
def test_switching_to_what_is_not_ones_own_is_404(alice_client: Client, chosen: str) -> None:
    before = alice_client.session[ORGANIZATION_KEY]
    assert alice_client.post("/organization/switch/", {"organization": chosen}).status_code == 404
    assert alice_client.session[ORGANIZATION_KEY] == before


# Roles


def test_an_admin_changes_a_role(alice_client: Client, acme: Organization, bob: User) -> None:
    address = path(acme, f"members/{bob.pk}/role")
    assert alice_client.post(address, {"role": "admin"}).status_code == 302
    assert role_of(bob) == Role.ADMIN
    assert version_of(access_topic(bob.pk)) == 1


def test_a_change_of_role_signs_nobody_out(
    alice_client: Client, bob_client: Client, acme: Organization
) -> None:
    bob = User.objects.get(email="bob@example.com")
    alice_client.post(path(acme, f"members/{bob.pk}/role"), {"role": "admin"})
    html = bob_client.get("/organization/").content.decode()
    assert path(acme, "invite") in html  # at once, and still signed in


def test_the_same_role_again_is_no_change(alice: User, acme: Organization, bob: User) -> None:
    change_role(alice, acme, bob.pk, Role.MEMBER)
    assert version_of(access_topic(bob.pk)) == 0


@pytest.mark.parametrize("role", ["", "owner", "ADMIN", "\0", "x" * 1_000_000])
def test_a_role_that_is_none_is_400(alice_client: Client, acme: Organization, bob: User, role: str) -> None:
    assert alice_client.post(path(acme, f"members/{bob.pk}/role"), {"role": role}).status_code == 400
    assert role_of(bob) == Role.MEMBER


# Removing and leaving


def test_an_admin_removes_a_member_after_being_asked(
    alice_client: Client, bob_client: Client, acme: Organization, bob: User
) -> None:
    address = path(acme, f"members/{bob.pk}/remove")
    assert "Remove Bob" in alice_client.get(address).content.decode()
    assert role_of(bob) == Role.MEMBER
    alice_client.post(address)
    assert role_of(bob) is None
    assert version_of(access_topic(bob.pk)) == 1
    html = bob_client.get("/organization/").content.decode()  # the very next request is in "Personal"
    assert "alice@example.com" not in html
    assert "Personal" in html


def test_a_member_leaves_after_being_asked(bob_client: Client, acme: Organization, bob: User) -> None:
    assert "Leave Acme?" in bob_client.get(path(acme, "leave")).content.decode()
    assert bob_client.post(path(acme, "leave")).status_code == 302
    assert role_of(bob) is None
    assert ORGANIZATION_KEY not in bob_client.session


def test_the_last_admin_cannot_go(alice_client: Client, acme: Organization, alice: User, bob: User) -> None:
    for rest, sent in (
        ("leave", {}),
        (f"members/{alice.pk}/remove", {}),
        (f"members/{alice.pk}/role", {"role": "member"}),
    ):
        response = alice_client.post(path(acme, rest), sent, follow=True)
        assert "Make somebody else an admin first" in response.content.decode()
        assert role_of(alice) == Role.ADMIN
    assert "Make somebody else an admin first" in alice_client.get(path(acme, "leave")).content.decode()


def test_an_inactive_admin_does_not_count(acme: Organization, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(LastAdmin):
        leave(alice, acme)


def test_with_another_admin_one_may_go(acme: Organization, alice: User, bob: User) -> None:
    change_role(alice, acme, bob.pk, Role.ADMIN)
    leave(alice, acme)
    assert role_of(alice) is None


def test_who_was_demoted_meanwhile_decides_nothing_more(acme: Organization, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    Membership.objects.filter(user=alice).update(role=Role.MEMBER)
    decisions: list[Callable[[], object]] = [
        lambda: remove_member(alice, acme, bob.pk),
        lambda: change_role(alice, acme, bob.pk, Role.MEMBER),
        lambda: invite(alice, acme, Role.MEMBER),
    ]
    for decide in decisions:
        with pytest.raises(PermissionDenied):
            decide()


# Everybody else


def routes(organization: Organization, user: User, invitation_id: object) -> list[str]:
    return [
        path(organization, "invite"),
        path(organization, f"invitations/{invitation_id}/revoke"),
        path(organization, f"members/{user.pk}/role"),
        path(organization, f"members/{user.pk}/remove"),
        path(organization, "leave"),
    ]


METHODS = ["get", "head", "post", "put", "patch", "delete"]


@pytest.mark.parametrize("method", METHODS)
def test_somebody_elses_organisation_is_404(
    charlie_client: Client, dana_client: Client, acme: Organization, alice: User, bob: User, method: str
) -> None:
    invitation = invite(alice, acme, Role.MEMBER).invitation
    for address in routes(acme, bob, invitation.pk):
        for client in (charlie_client, dana_client):
            response = getattr(client, method)(address, {"role": "admin"} if method == "post" else {})
            assert response.status_code == 404, address
    assert role_of(bob) == Role.MEMBER
    assert type(invitation).objects.filter(pk=invitation.pk).exists()


def test_it_looks_like_one_that_never_was(charlie_client: Client, acme: Organization, bob: User) -> None:
    absent = Organization(pk=uuid4())
    headers = {"Accept": "application/json"}
    for real, never in zip(routes(acme, bob, uuid4()), routes(absent, bob, uuid4()), strict=True):
        bodies = []
        for address in (real, never):
            body = charlie_client.post(address, headers=headers).json()
            body.pop("request_id")
            bodies.append(body)
        assert bodies[0] == bodies[1]


def test_a_member_may_not_do_what_admins_do(bob_client: Client, acme: Organization, alice: User) -> None:
    invitation = invite(alice, acme, Role.MEMBER).invitation
    for address in routes(acme, alice, invitation.pk)[:-1]:
        for method in ("get", "post"):
            assert getattr(bob_client, method)(address, {"role": "member"}).status_code == 403, address
    assert role_of(alice) == Role.ADMIN


def test_a_visitor_is_asked_to_sign_in(client: Client, acme: Organization, bob: User) -> None:
    for address in ["/organization/", *routes(acme, bob, uuid4())]:
        assert client.get(address)["Location"].startswith("/sign-in/?next=")
        assert client.post(address).status_code == 401


def test_an_admin_reaches_nobody_outside(alice_client: Client, acme: Organization, charlie: User) -> None:
    for rest in (
        f"members/{charlie.pk}/role",
        f"members/{charlie.pk}/remove",
        f"invitations/{uuid4()}/revoke",
    ):
        assert alice_client.post(path(acme, rest), {"role": "admin"}).status_code == 404


@pytest.mark.parametrize(
    ("rest", "allowed"),
    [
        ("members/{bob}/role", "POST"),
        ("members/{bob}/remove", "GET, HEAD, POST"),
        ("leave", "GET, HEAD, POST"),
        ("invite", "GET, HEAD, POST"),
    ],
)
def test_other_methods_are_refused(
    alice_client: Client, acme: Organization, bob: User, rest: str, allowed: str
) -> None:
    response = alice_client.put(path(acme, rest.format(bob=bob.pk)))
    assert (response.status_code, response["Allow"]) == (405, allowed)
