from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.active import ORGANIZATION_KEY
from accounts.invitations import InvitationRefused, accept, invite, with_token
from accounts.models import Invitation, Membership, Organization, Role, User
from accounts.organizations import change_role, found, remove_member
from accounts.versions import access_topic
from live.changes import version_of
from tests.conftest import PASSWORD, signed_in


def link(organization: Organization, inviter: User, role: Role = Role.MEMBER, email: str = "") -> str:
    return f"/invitations/{invite(inviter, organization, role, email).token}/"


def is_member(user: User, organization: Organization) -> bool:
    return Membership.objects.filter(user=user, organization=organization).exists()


# Making one


def test_the_link_is_shown_once_and_only_its_hash_is_kept(alice_client: Client, acme: Organization) -> None:
    address = f"/organization/{acme.pk}/invite/"
    assert alice_client.get(address).status_code == 200
    response = alice_client.post(address, {"role": "member"})
    assert response.status_code == 201
    found_link = re.search(r"http://testserver/invitations/([\w-]{43})/", response.content.decode())
    assert found_link is not None
    token = found_link.group(1)
    invitation = Invitation.objects.get()
    assert invitation.token_hash == sha256(token.encode()).hexdigest()
    assert timedelta(hours=71) < invitation.expires_at - timezone.now() <= timedelta(hours=72)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_invitation")
        assert token not in str(cursor.fetchall())
    assert token not in alice_client.get("/organization/").content.decode()
    assert token not in str(dict(alice_client.session))


def test_open_ones_are_listed_for_admins(
    alice_client: Client, bob_client: Client, acme: Organization
) -> None:
    alice_client.post(f"/organization/{acme.pk}/invite/", {"role": "admin", "email": "Eve@Example.com"})
    assert "eve@example.com" in alice_client.get("/organization/").content.decode()
    assert "eve@example.com" not in bob_client.get("/organization/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"role": ""}, {"role": "member", "email": "nobody"}, {"role": "\0"}]
)
def test_a_wrong_form_makes_nothing(alice_client: Client, acme: Organization, wrong: dict[str, str]) -> None:
    assert alice_client.post(f"/organization/{acme.pk}/invite/", wrong).status_code == 422
    assert not Invitation.objects.exists()


def test_it_can_be_taken_back(
    alice_client: Client, charlie_client: Client, acme: Organization, alice: User
) -> None:
    address = link(acme, alice)
    invitation = Invitation.objects.get()
    alice_client.post(f"/organization/{acme.pk}/invitations/{invitation.pk}/revoke/")
    assert charlie_client.post(address).status_code == 404


def test_a_used_one_cannot_be_taken_back(
    alice_client: Client, acme: Organization, alice: User, charlie: User
) -> None:
    made = invite(alice, acme, Role.MEMBER)
    accept(made.invitation, charlie)
    revoke = f"/organization/{acme.pk}/invitations/{made.invitation.pk}/revoke/"
    assert alice_client.post(revoke).status_code == 404


# Accepting


def test_a_link_asks_and_then_lets_in(
    charlie_client: Client, acme: Organization, alice: User, charlie: User
) -> None:
    address = link(acme, alice, Role.ADMIN)
    page = charlie_client.get(address)
    assert "Join Acme" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not is_member(charlie, acme)
    assert charlie_client.post(address)["Location"] == "/organization/"
    assert Membership.objects.get(user=charlie).role == Role.ADMIN
    assert charlie_client.session[ORGANIZATION_KEY] == str(acme.pk)
    assert version_of(access_topic(charlie.pk)) == 1
    used = Invitation.objects.get()
    assert used.used_by == charlie
    assert used.used_at is not None


def test_a_visitor_signs_in_first(client: Client, acme: Organization, alice: User, charlie: User) -> None:
    address = link(acme, alice)
    html = client.get(address).content.decode()
    assert f"/sign-in/?next={address.replace('/', '%2F')}" in html or f"/sign-in/?next={address}" in html
    assert client.post(address).status_code == 401
    sent = {"username": charlie.email, "password": PASSWORD, "next": address}
    assert client.post("/sign-in/", sent)["Location"] == address
    client.post(address)
    assert is_member(charlie, acme)


def test_a_visitor_may_sign_up_first(client: Client, acme: Organization, alice: User) -> None:
    address = link(acme, alice, email="eve@example.com")
    sent = {
        "name": "Eve",
        "email": "eve@example.com",
        "password1": "a long enough one",
        "password2": "a long enough one",
        "next": address,
    }
    assert client.post("/sign-up/", sent)["Location"] == address
    client.post(address)
    assert is_member(User.objects.get(email="eve@example.com"), acme)


def test_it_works_once(acme: Organization, alice: User, charlie: User, dana: User) -> None:
    address = link(acme, alice)
    signed_in(charlie).post(address)
    late = signed_in(dana)
    for response in (late.get(address), late.post(address)):
        assert response.status_code == 410
        assert "has been used" in response.content.decode()
    assert not is_member(dana, acme)


def test_it_expires(charlie_client: Client, acme: Organization, alice: User, charlie: User) -> None:
    address = link(acme, alice)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for response in (charlie_client.get(address), charlie_client.post(address)):
        assert response.status_code == 410
        assert "expired" in response.content.decode()
    assert not is_member(charlie, acme)


def test_it_is_for_one_address_if_it_says_so(
    charlie_client: Client, acme: Organization, alice: User, charlie: User, dana: User
) -> None:
    address = link(acme, alice, email="Dana@Example.com")
    response = charlie_client.post(address)
    assert response.status_code == 410
    assert "another e-mail address" in response.content.decode()
    assert "dana@example.com" not in response.content.decode()
    assert not is_member(charlie, acme)
    signed_in(dana).post(address)
    assert is_member(dana, acme)


def test_it_dies_with_the_inviters_power(acme: Organization, alice: User, bob: User, charlie: User) -> None:
    change_role(alice, acme, bob.pk, Role.ADMIN)
    made = [invite(alice, acme, role) for role in (Role.ADMIN, Role.MEMBER)]
    change_role(bob, acme, alice.pk, Role.MEMBER)
    for one in made:
        with pytest.raises(InvitationRefused):
            accept(one.invitation, charlie)
    remove_member(bob, acme, alice.pk)
    client = signed_in(charlie)
    for one in made:
        assert client.post(f"/invitations/{one.token}/").status_code == 410
    assert not is_member(charlie, acme)
    assert not Invitation.objects.exclude(used_at=None).exists()


def test_it_dies_with_the_inviters_account(acme: Organization, alice: User, charlie: User) -> None:
    made = invite(alice, acme, Role.MEMBER)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(InvitationRefused):
        accept(made.invitation, charlie)


def test_power_in_another_organisation_does_not_help(acme: Organization, alice: User, charlie: User) -> None:
    made = invite(alice, acme, Role.ADMIN)
    found(alice, "Elsewhere")
    Membership.objects.filter(organization=acme, user=alice).delete()
    with pytest.raises(InvitationRefused):
        accept(made.invitation, charlie)


def test_a_member_uses_nobodys_link_up(
    bob_client: Client, acme: Organization, alice: User, bob: User
) -> None:
    address = link(acme, alice, Role.ADMIN)
    assert bob_client.get(address)["Location"] == "/organization/"
    assert bob_client.post(address)["Location"] == "/organization/"
    assert Invitation.objects.get().used_at is None
    assert Membership.objects.get(user=bob).role == Role.MEMBER


def test_a_link_alone_switches_nothing(bob: User, acme: Organization, alice: User) -> None:
    client = signed_in(bob)
    client.get(link(acme, alice))
    assert ORGANIZATION_KEY not in client.session


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "..", "%00", "é", "\U0001f600"])
def test_a_made_up_link_is_404(charlie_client: Client, acme: Organization, token: str) -> None:
    assert charlie_client.get(f"/invitations/{token}/").status_code == 404


def test_the_hash_is_no_token(acme: Organization, alice: User) -> None:
    made = invite(alice, acme, Role.MEMBER)
    assert with_token(made.invitation.token_hash) is None


def test_nothing_moves_when_one_joins(charlie_client: Client, acme: Organization, alice: User) -> None:
    page = charlie_client.get(link(acme, alice)).content.decode()
    assert "bring" not in page.lower()
