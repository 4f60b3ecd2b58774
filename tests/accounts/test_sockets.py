"""Who loses what they had: their socket is closed, and nothing is delivered after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.utils import timezone

from accounts import sockets
from accounts.middleware import CONVERSATION_KEY
from accounts.models import Membership, Organization, User
from accounts.sessions import BEGUN_KEY
from accounts.sockets import Visitor, ended, visitor_of
from capsule.identity import Identity
from conversations.ownership import begin
from live.consumers import CLOSE
from live.hub import hub
from live.tokens import signed
from live.topics import Topic
from live.versions import versions_of
from tests.accounts.test_admin import ORGANIZATIONS, PEOPLE, members_form, person_form
from tests.conftest import PASSWORD, signed_in
from tests.live.talking import SOON, Line, in_a_loop, line, on_thread, touch

pytestmark = pytest.mark.django_db(transaction=True)

NOTES = Topic("collection", "test_notes", "app")
SILENT_WITHIN = 2.0  # seconds
Act = Callable[[], Any]


def watching(person: User, organization: Organization | None = None) -> str:
    return signed({NOTES: 0}, Identity.of(user=person, organization=organization))


def code_after(client: Client, token: str, act: Act) -> tuple[int, list[Any]]:
    """With which code a socket ends once ``act`` was done, and what was sent to it after that."""

    async def main() -> tuple[int, list[Any]]:
        async with line(client, token) as one:
            await on_thread(touch, NOTES)
            await one.changed()
            begun = time.monotonic()
            await on_thread(act)
            code = await one.ends()
            assert time.monotonic() - begun < SILENT_WITHIN
            await on_thread(touch, NOTES)
            hub.deliver(NOTES, {"text": "secret"})
            assert hub.sockets == []
            return code, await what_is_left(one)

    return in_a_loop(main)


async def what_is_left(one: Line) -> list[Any]:
    while hub._flush is not None:
        await asyncio.sleep(0)
    left = []
    while not one.socket.output_queue.empty():
        left.append(await one.socket.receive_output(SOON))
    return left


GONE: tuple[int, list[Any]] = (CLOSE["signed_out"], [])


# What a person or an admin does ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-out/", "/account/sign-out-everywhere/"])
def test_signing_out_ends_it(path: str, alice: User) -> None:
    client = signed_in(alice)
    assert code_after(client, watching(alice), lambda: client.post(path)) == GONE


def test_signing_out_everywhere_ends_it_in_another_browser(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice)
    act = lambda: there.post("/account/sign-out-everywhere/")  # noqa: E731
    assert code_after(here, watching(alice), act) == GONE


def test_a_password_change_ends_it(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice)
    form = {
        "old_password": PASSWORD,
        "new_password1": "a much longer one",
        "new_password2": "a much longer one",
    }

    def act() -> None:
        assert there.post("/account/password/", form).status_code == 302

    assert code_after(here, watching(alice), act) == GONE


def test_deactivation_in_the_admin_ends_it(bob: User, dana_client: Client) -> None:
    def act() -> None:
        dana_client.post(f"{PEOPLE}{bob.pk}/change/", person_form(bob, is_active=""))
        assert not User.objects.get(pk=bob.pk).is_active

    assert code_after(signed_in(bob), watching(bob), act) == GONE


def test_removal_from_an_organisation_ends_it(
    alice_client: Client, bob: User, bob_client: Client, acme: Organization
) -> None:
    def act() -> None:
        alice_client.post(f"/organization/{acme.pk}/members/{bob.pk}/remove/")
        assert not Membership.objects.filter(user=bob).exists()

    assert code_after(bob_client, watching(bob, acme), act) == GONE


def test_removal_in_the_admin_ends_it(
    bob: User, bob_client: Client, acme: Organization, dana_client: Client
) -> None:
    rows = list(Membership.objects.filter(organization=acme).order_by("pk"))
    changes = [{"DELETE": "on"} if row.user_id == bob.pk else {} for row in rows]

    def act() -> None:
        dana_client.post(f"{ORGANIZATIONS}{acme.pk}/change/", members_form(acme, *changes))
        assert not Membership.objects.filter(user=bob).exists()

    assert code_after(bob_client, watching(bob, acme), act) == GONE


def test_leaving_ends_it(bob: User, bob_client: Client, acme: Organization) -> None:
    act = lambda: bob_client.post(f"/organization/{acme.pk}/leave/")  # noqa: E731
    assert code_after(bob_client, watching(bob, acme), act) == GONE


def test_whoever_is_still_signed_in_opens_another(alice: User) -> None:
    here, there = signed_in(alice), signed_in(alice)
    assert code_after(here, watching(alice), lambda: there.post("/sign-out/")) == GONE

    async def main() -> dict[str, int]:
        async with line(here, watching(alice)) as again:
            return await again.changed()

    assert in_a_loop(main)


def test_nobody_elses_socket_ends(alice: User, bob: User) -> None:
    alices, bobs = signed_in(alice), signed_in(bob)

    async def main() -> None:
        async with line(bobs, watching(bob)) as his:
            await on_thread(lambda: alices.post("/sign-out/"))
            await on_thread(touch, NOTES)
            assert await his.changed() == {str(NOTES): 1}

    in_a_loop(main)


def test_a_visitors_page_hears_no_more_of_what_is_a_persons_now(alice: User, client: Client) -> None:
    """Their conversation became the person's: its text is not for a page that stayed open beside it."""
    conversation = str(begin(Identity()).pk)
    session = client.session
    session[CONVERSATION_KEY] = conversation
    session.save()
    token = signed({NOTES: 0, Topic("stream", conversation): 0}, Identity.of(session=conversation))
    page = Client()
    page.cookies.update(client.cookies)

    def act() -> None:
        answer = client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
        assert answer.status_code == 302

    assert code_after(page, token, act) == GONE


# What nobody announced -------------------------------------------------------------------------------


def visitor(client: Client) -> Visitor:
    cookie = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    return visitor_of({"headers": [(b"cookie", cookie.encode())], "client": ("192.0.2.1", 1)})


def deactivate(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def raise_version(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).update(auth_version=9)


def delete_person(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).delete()


def expire(person: User, client: Client) -> None:
    Session.objects.update(expire_date=timezone.now())


def delete_session(person: User, client: Client) -> None:
    Session.objects.all()._raw_delete("default")


@pytest.mark.parametrize("act", [deactivate, raise_version, delete_person, expire, delete_session])
def test_what_was_changed_by_hand_is_found(
    act: Callable[[User, Client], None], alice: User, bob: User
) -> None:
    client = signed_in(alice)
    hers, his = visitor(client), visitor(signed_in(bob))
    assert ended([hers, his]) == set()
    act(alice, client)
    assert hers in ended([hers, his])


def test_a_sign_in_that_is_too_old_is_found(alice: User) -> None:
    client = signed_in(alice)
    session = client.session
    session[BEGUN_KEY] = int(time.time()) - settings.CAPSULE_SESSION_LIFETIME + 3
    session.save()
    hers = visitor(client)
    assert ended([hers]) == set()
    with patch("accounts.sockets.time", return_value=time.time() + 3):
        assert ended([hers]) == {hers}


def test_a_look_costs_two_queries_for_any_number(
    alice: User, bob: User, django_assert_num_queries: Any
) -> None:
    visitors = [visitor(signed_in(person)) for person in (alice, bob, alice, bob)]
    with django_assert_num_queries(2):
        assert ended(visitors) == set()


@contextmanager
def looking(every: float) -> Iterator[None]:
    with patch.object(sockets, "LOOK_EVERY", every):
        sockets.look_for_ended()
        try:
            yield
        finally:
            for task in list(sockets._looking):
                task.cancel()
                sockets._looking.discard(task)


def test_the_look_closes_the_sockets_of_those(alice: User, bob: User) -> None:
    alices, bobs = signed_in(alice), signed_in(bob)

    async def main() -> int:
        async with line(alices, watching(alice)) as hers, line(bobs, watching(bob)) as his, line() as one:
            with looking(0.01):
                await on_thread(deactivate, alice, alices)
                code = await hers.ends()
            await on_thread(touch, NOTES)
            assert await his.changed() == {str(NOTES): 1}
            assert await one.socket.receive_nothing(0)
            return code

    assert in_a_loop(main) == CLOSE["signed_out"]


def test_the_look_outlives_an_outage_of_the_database(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(alice)
    failures = [DatabaseError("gone away"), DatabaseError("still away")]
    real = sockets.ended

    def fails_at_first(visitors: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(visitors)

    monkeypatch.setattr(sockets, "ended", fails_at_first)

    async def main() -> int:
        async with line(client, watching(alice)) as hers:
            with looking(0.01):
                await on_thread(deactivate, alice, client)
                return await hers.ends()

    assert in_a_loop(main) == CLOSE["signed_out"]
    assert len(caplog.records) == 2


# The handshake ---------------------------------------------------------------------------------------


def test_a_person_acts_for_the_organisation_that_is_active(
    bob: User, bob_client: Client, acme: Organization
) -> None:
    identity = visitor(bob_client).identity
    assert (identity.user_id, identity.organization_id) == (str(bob.pk), str(acme.pk))
    Membership.objects.filter(user=bob).delete()
    assert visitor(bob_client).identity.organization_id is None


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "sid=",
        "sid=nothing",
        "sid=" + "x" * 5_000,
        "sid",
        ";;;=;",
        "sid=" + "\x00" * 32,
        "sid=" + "ü" * 32,
        "sid=ü",
        "sid=a; sid=b",
    ],
)
def test_whatever_stands_in_a_cookie_is_at_most_nobodys(cookie: str) -> None:
    found = visitor_of({"headers": [(b"cookie", cookie.encode("latin-1"))], "client": ("192.0.2.1", 1)})
    assert found.identity == Identity() and found.access == {}


def test_a_handshake_without_headers_or_address_is_nobodys() -> None:
    assert visitor_of({}).identity == Identity()


@pytest.mark.parametrize("act", [deactivate, delete_person, expire, delete_session])
def test_whoever_may_not_sign_in_any_more_is_nobody(act: Callable[[User, Client], None], alice: User) -> None:
    client = signed_in(alice)
    act(alice, client)
    assert visitor(client).identity.user_id is None


def test_a_sign_in_that_is_too_old_is_nobodys(alice: User) -> None:
    client = signed_in(alice)
    session = client.session
    session[BEGUN_KEY] = 0
    session.save()
    assert visitor(client).identity.user_id is None


def test_a_change_of_access_during_the_handshake_ends_it(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the version and that of the person, or after both: it is never missed."""
    client = signed_in(alice)
    other = signed_in(alice)
    real = sockets.visitor_of

    def late(scope: Any) -> Visitor:
        found = real(scope)
        other.post("/account/sign-out-everywhere/")
        return found

    monkeypatch.setattr(sockets, "visitor_of", late)

    async def main() -> int:
        one = Line(client)
        assert await one.open()
        code = await one.ends()
        await one.leave()
        return code

    assert in_a_loop(main) == CLOSE["signed_out"]


@pytest.mark.parametrize("before", [True, False])
def test_a_sign_out_during_the_handshake_is_not_missed(
    before: bool, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once its session is gone, a socket is nobody's, or has a version that is older than the sign-out."""
    client = signed_in(alice)
    cookies = Client()
    cookies.cookies.update(client.cookies)

    def meanwhile(names: Any) -> Any:
        found = None if before else versions_of(names)
        client.post("/sign-out/")
        return found or versions_of(names)

    monkeypatch.setattr("accounts.sockets.versions_of", meanwhile)
    assert visitor(cookies).identity == Identity()


def test_a_connection_that_was_lost_is_made_anew(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake is no request, so nothing else looks whether the thread's connection still stands."""
    client = signed_in(alice)

    monkeypatch.setattr(type(connections["default"]), "is_usable", lambda self: False)  # SQLite's always is

    def lose() -> None:
        connections["default"].close()  # which makes it where this thread has none yet
        del connections["default"]  # whatever state another test has left it in, on this thread
        connection.ensure_connection()
        connection.connection.close()
        connection.errors_occurred = True

    async def main() -> None:
        await on_thread(lose)
        async with line(client, watching(alice)) as one:
            await on_thread(touch, NOTES)
            await one.changed()

    in_a_loop(main)
