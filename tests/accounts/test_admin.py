from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.invitations import invite
from accounts.models import Invitation, Membership, Organization, Role, User
from accounts.versions import access_topic
from live.changes import version_of
from tests.conftest import signed_in

PEOPLE = "/admin/accounts/user/"
ORGANIZATIONS = "/admin/accounts/organization/"


def test_without_the_demo_its_people_and_their_organisation_are_not_listed(
    dana_client: Client, alice: User, bob: User, acme: Organization, settings: LazySettings
) -> None:
    empty = Organization.objects.create(name="Not joined yet", slug="empty")
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_demo=True)
    for has_demo in (True, False):
        settings.CAPSULE_DEMO = has_demo
        people = dana_client.get(PEOPLE).content.decode()
        listed = dana_client.get(ORGANIZATIONS).content.decode()
        assert (alice.email in people, str(acme.pk) in listed) == (has_demo, has_demo)
        assert empty.name in listed and "dana@example.com" in people


def person_form(user: User, **changed: Any) -> dict[str, Any]:
    form = {
        "email": user.email,
        "name": user.name,
        "time_zone": user.time_zone,
        "language": user.language,
        "theme": user.theme,
        "is_active": "on" if user.is_active else "",
        "is_staff": "on" if user.is_staff else "",
        "is_superuser": "on" if user.is_superuser else "",
        **changed,
    }
    return {name: value for name, value in form.items() if value != ""}


def members_form(organization: Organization, *changes: dict[str, Any]) -> dict[str, Any]:
    rows = list(Membership.objects.filter(organization=organization).order_by("pk"))
    form: dict[str, Any] = {
        "name": organization.name,
        "slug": organization.slug,
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": len(rows),
    }
    for number, row in enumerate(rows):
        cells = {"id": row.pk, "organization": row.organization_id, "user": row.user_id, "role": row.role}
        cells |= changes[number] if number < len(changes) else {}
        form |= {f"memberships-{number}-{name}": value for name, value in cells.items()}
    return form


@pytest.mark.parametrize("model", ["user", "organization", "invitation"])
def test_only_staff_get_in(
    model: str, alice_client: Client, dana_client: Client, client: Client, acme: Organization
) -> None:
    address = f"/admin/accounts/{model}/"
    assert dana_client.get(address).status_code == 200
    assert alice_client.get(address).status_code == 302
    assert client.get(address).status_code == 302


def test_a_person_is_added_by_address(dana_client: Client) -> None:
    assert "username" not in dana_client.get(f"{PEOPLE}add/").content.decode().replace("autocomplete", "")
    sent = {
        "email": "Eve@Example.com",
        "name": "Eve",
        "usable_password": "true",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    assert dana_client.post(f"{PEOPLE}add/", sent).status_code == 302
    assert User.objects.get(email="eve@example.com").check_password("a long enough one")


def test_a_person_is_changed_and_seen_on_site(dana_client: Client, bob: User) -> None:
    html = dana_client.get(f"{PEOPLE}{bob.pk}/change/").content.decode()
    assert 'href="/account/"' in html
    dana_client.post(f"{PEOPLE}{bob.pk}/change/", person_form(bob, name="Robert"))
    fresh = User.objects.get(pk=bob.pk)
    assert (fresh.name, fresh.auth_version) == ("Robert", 1)


def test_deactivating_ends_every_session(dana_client: Client, bob: User) -> None:
    bobs = signed_in(bob)
    dana_client.post(f"{PEOPLE}{bob.pk}/change/", person_form(bob, is_active=""))
    assert bobs.get("/account/").status_code == 302
    fresh = User.objects.get(pk=bob.pk)
    assert (fresh.is_active, fresh.auth_version, fresh.session_version) == (False, 2, 2)
    assert version_of(access_topic(bob.pk)) == 1
    User.objects.filter(pk=bob.pk).update(is_active=True)
    assert bobs.get("/account/").status_code == 302  # coming back does not revive it


def test_a_privilege_is_announced(dana_client: Client, bob: User) -> None:
    dana_client.post(f"{PEOPLE}{bob.pk}/change/", person_form(bob, is_staff="on"))
    fresh = User.objects.get(pk=bob.pk)
    assert (fresh.is_staff, fresh.auth_version, fresh.session_version) == (True, 2, 1)


def test_a_password_set_by_the_admin_is_announced(dana_client: Client, bob: User) -> None:
    bobs = signed_in(bob)
    sent = {"usable_password": "true", "password1": "a long enough one", "password2": "a long enough one"}
    assert dana_client.post(f"{PEOPLE}{bob.pk}/password/", sent).status_code == 302
    assert User.objects.get(pk=bob.pk).auth_version == 2
    assert bobs.get("/account/").status_code == 302


def test_an_organisation_shows_its_members(dana_client: Client, acme: Organization) -> None:
    assert "Acme" in dana_client.get(ORGANIZATIONS).content.decode()
    html = dana_client.get(f"{ORGANIZATIONS}{acme.pk}/change/").content.decode()
    assert "Alice" in html
    assert "Bob" in html
    assert 'href="/organization/"' in html


def test_a_change_of_members_is_announced_to_them_alone(
    dana_client: Client, acme: Organization, alice: User, bob: User
) -> None:
    sent = members_form(acme, {}, {"role": "admin"})
    assert dana_client.post(f"{ORGANIZATIONS}{acme.pk}/change/", sent).status_code == 302
    assert Membership.objects.get(user=bob).role == Role.ADMIN
    assert version_of(access_topic(bob.pk)) == 1
    assert version_of(access_topic(alice.pk)) == 0


@pytest.mark.parametrize("change", [{"role": "member"}, {"DELETE": "on"}])
def test_the_last_admin_stays_here_too(
    dana_client: Client, acme: Organization, alice: User, change: dict[str, str]
) -> None:
    response = dana_client.post(f"{ORGANIZATIONS}{acme.pk}/change/", members_form(acme, change))
    assert response.status_code == 200
    assert "Make somebody else an admin first" in response.content.decode()
    assert Membership.objects.get(user=alice).role == Role.ADMIN


def test_deleting_people_from_the_list_is_announced(dana_client: Client, bob: User, charlie: User) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [str(bob.pk), str(charlie.pk)], "post": "yes"}
    assert dana_client.post("/admin/accounts/user/", chosen).status_code == 302
    assert not User.objects.filter(pk__in=[bob.pk, charlie.pk]).exists()
    assert version_of(access_topic(bob.pk)) == version_of(access_topic(charlie.pk)) == 1


def test_deleting_an_organisation_is_announced(dana_client: Client, acme: Organization, bob: User) -> None:
    dana_client.post(f"{ORGANIZATIONS}{acme.pk}/delete/", {"post": "yes"})
    assert not Organization.objects.exists()
    assert version_of(access_topic(bob.pk)) == 1


def test_invitations_can_be_read_and_deleted_only(
    dana_client: Client, acme: Organization, alice: User
) -> None:
    made = invite(alice, acme, Role.MEMBER)
    address = f"/admin/accounts/invitation/{made.invitation.pk}/"
    html = dana_client.get(f"{address}change/").content.decode()
    assert made.invitation.token_hash not in html
    assert "_save" not in html
    assert dana_client.get("/admin/accounts/invitation/add/").status_code == 403
    dana_client.post(f"{address}delete/", {"post": "yes"})
    assert not Invitation.objects.exists()
