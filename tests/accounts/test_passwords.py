from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.versions import access_topic
from live.changes import version_of
from tests.accounts.test_guessing import MALLORY, attempt, fail
from tests.accounts.test_sign_in import without_token
from tests.conftest import PASSWORD, signed_in

NEW = "another long password"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


def test_changing_it_keeps_this_session_and_ends_the_others(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice)
    response = here.post("/account/password/", CHANGE)
    assert response["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    fresh = User.objects.get(pk=alice.pk)
    assert fresh.check_password(NEW)
    assert fresh.auth_version == 2
    assert version_of(access_topic(alice.pk)) >= 1  # and once for each session that it ended or renewed


def test_a_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/account/password/")["Location"].startswith("/sign-in/?next=")
    assert client.post("/account/password/", CHANGE).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"old_password": "wrong"}, {"new_password2": "different entirely"}, {"new_password1": ""}]
)
def test_what_is_wrong_changes_nothing(alice: User, wrong: dict[str, str]) -> None:
    assert signed_in(alice).post("/account/password/", {**CHANGE, **wrong}).status_code == 422
    fresh = User.objects.get(pk=alice.pk)
    assert fresh.check_password(PASSWORD)
    assert fresh.auth_version == 1


# Reset


def ask(client: Client, email: str) -> str:
    response = client.post("/password-reset/", {"email": email}, follow=True)
    assert response.redirect_chain == [("/password-reset/sent/", 302)]
    return without_token(response.content.decode())


def link_in_mail() -> str:
    found = re.search(r"https?://testserver(/password-reset/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found.group(1)


def test_a_link_comes_by_mail_and_works_once(client: Client, alice: User) -> None:
    old = signed_in(alice)
    ask(client, "ALICE@example.com")
    assert mail.outbox[0].to == [alice.email]
    assert mail.outbox[0].subject.startswith("A new password for")
    link = link_in_mail()
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    done = client.post(address, {"new_password1": NEW, "new_password2": NEW})
    assert done["Location"] == "/password-reset/complete/"
    assert client.get("/password-reset/complete/").status_code == 200
    assert User.objects.get(pk=alice.pk).check_password(NEW)
    assert old.get("/account/").status_code == 302
    assert User.objects.get(pk=alice.pk).auth_version == 2
    assert Client().get(link).status_code == 410


def test_the_answer_does_not_tell_who_has_an_account(client: Client, alice: User) -> None:
    assert ask(client, alice.email) == ask(client, "nobody@example.com")
    assert len(mail.outbox) == 1


def test_the_inactive_get_no_mail(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    ask(client, alice.email)
    assert mail.outbox == []


def test_demo_people_get_no_mail_elsewhere(client: Client, alice: User, settings: LazySettings) -> None:
    User.objects.filter(pk=alice.pk).update(is_demo=True)
    settings.CAPSULE_LOCAL = False
    ask(client, alice.email)
    assert mail.outbox == []


def test_a_new_password_ends_the_wait(client: Client, alice: User) -> None:
    fail(5)
    ask(client, alice.email)
    address = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    client.post(address, {"new_password1": NEW, "new_password2": NEW})
    assert attempt(NEW, address=MALLORY).status_code == 302


def test_a_bad_new_password_comes_back_with_the_reason(client: Client, alice: User) -> None:
    ask(client, alice.email)
    address = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    response = client.post(address, {"new_password1": "short", "new_password2": "short"})
    assert response.status_code == 422
    assert "too short" in response.content.decode()


@pytest.mark.parametrize("path", ["MQ/abc-def", "%00/x", "Zm9v/set-password", "é/é", "x" * 300 + "/y"])
def test_a_made_up_link_is_over(client: Client, db: None, path: str) -> None:
    assert client.get(f"/password-reset/{path}/").status_code in (404, 410)


def test_the_mails_host_is_not_the_visitors_to_choose(client: Client, alice: User) -> None:
    response = client.post("/password-reset/", {"email": alice.email}, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert mail.outbox == []
