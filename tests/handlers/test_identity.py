"""A result belongs to whoever asked: sync and async, one after the other and at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import AsyncClient, Client

from accounts.models import User
from capsule import Identity, NoIdentity, ScopeError, acting_as, current_identity
from capsule.sources import coming_from, current_source
from handlers.declarations import Handler
from tests.conftest import signed_in
from tests.handlers.conftest import Declare
from tests.testapp.declared.collections import threads
from tests.testapp.declared.handlers import whoami, whoami_async


@pytest.mark.parametrize("name", ["whoami", "whoami_async"])
def test_the_identity_is_the_callers(name: str, alice: User, alice_client: Client, acme: Any) -> None:
    body = alice_client.get(f"/data/{name}").json()
    assert body["user"] == body["bound"] == str(alice.pk)
    if "owner" in body:
        assert body["owner"] == str(acme.pk)


@pytest.mark.django_db
def test_what_a_handler_does_is_said_to_come_from_one(declare: Declare, client: Client) -> None:
    def plain() -> str:
        return current_source()

    async def awaited() -> str:
        return current_source()

    with coming_from("page"), acting_as(Identity()):
        for handler in (declare(plain), declare(awaited)):
            assert client.get(handler.url()).json() == handler.call() == "handler"
        assert current_source() == "page"


@pytest.mark.parametrize("name", ["whoami", "whoami_async"])
def test_a_visitor_is_nobody(name: str, client: Client, db: None, alice_client: Client) -> None:
    alice_client.get(f"/data/{name}")
    assert client.get(f"/data/{name}").json()["user"] is None


def test_one_persons_etag_is_no_key_to_anothers_result(alice_client: Client, charlie_client: Client) -> None:
    for _round in range(3):
        alices = alice_client.get("/data/whoami")
        charlies = charlie_client.get("/data/whoami", headers={"If-None-Match": alices["ETag"]})
        assert charlies.status_code == 200
        assert charlies.content != alices.content
        again = alice_client.get("/data/whoami", headers={"If-None-Match": alices["ETag"]})
        assert again.status_code == 304


@pytest.mark.django_db(transaction=True)
def test_identities_that_ask_at_once_never_see_each_other(alice: User, charlie: User) -> None:
    people = {str(alice.pk): signed_in(alice), str(charlie.pk): signed_in(charlie), None: Client()}

    def ask(turn: int) -> bool:
        user_id, client = list(people.items())[turn % len(people)]
        try:
            fresh = Client()
            fresh.cookies = client.cookies
            answers = [fresh.get(f"/data/{name}").json() for name in ("whoami", "whoami_async")]
            return all(answer["user"] == answer["bound"] == user_id for answer in answers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(36)))


def test_a_lazy_query_is_read_in_the_callers_scope(
    declare: Declare, alice_client: Client, charlie_client: Client, alice: User, acme: Any
) -> None:
    declare(lambda: threads.filter(status="open"), "open_threads", access="authenticated")
    with acting_as(user=alice, organization=acme):
        threads.insert_one({"subject": "Ours", "status": "open"})
    [row] = alice_client.get("/data/open_threads").json()
    assert row["subject"] == "Ours"
    assert charlie_client.get("/data/open_threads").json() == []


def test_a_lazy_query_that_is_refused_is_a_401(declare: Declare, client: Client, db: None) -> None:
    declare(lambda: {"rows": threads.all()}, "public_threads")
    response = client.get("/data/public_threads")
    assert (response.status_code, response.json()["error"]) == (401, "authentication_required")


def test_the_identity_follows_into_async_handlers_under_asgi(declare: Declare, alice: User) -> None:
    client = AsyncClient()
    client.cookies = signed_in(alice).cookies
    body = async_to_sync(client.get)("/data/whoami_async").json()
    assert body == {"user": str(alice.pk), "bound": str(alice.pk)}


def test_call_is_for_the_bound_identity(alice: User) -> None:
    with acting_as(user=alice):
        assert whoami.call()["user"] == str(alice.pk)
        assert whoami_async.call()["bound"] == str(alice.pk)
        assert async_to_sync(whoami.acall)()["user"] == str(alice.pk)
        assert async_to_sync(whoami_async.acall)()["user"] == str(alice.pk)


def test_call_checks_access_and_who_is_bound() -> None:
    handler: Handler[[], int] = Handler(lambda: 1, "members_only")
    with pytest.raises(NoIdentity):
        handler.call()
    with acting_as(Identity()), pytest.raises(ScopeError):
        handler.call()
    with acting_as(Identity()), pytest.raises(ScopeError):
        async_to_sync(handler.acall)()
    with acting_as(Identity(user_id="7")):
        assert handler.call() == 1


def test_call_gives_a_request_where_the_function_wants_one() -> None:
    def asked(request: Any, n: int) -> list[Any]:
        return [request.method, request.path, request.identity == current_identity(), n]

    with acting_as(Identity(user_id="7")):
        assert Handler(asked).call(n=5) == ["GET", "/data/asked", True, 5]


def test_sys_exit_ends_no_caller() -> None:
    async def leave_async() -> None:
        raise SystemExit(3)

    def leave() -> None:
        raise SystemExit(3)

    handlers: list[Handler[..., Any]] = [Handler(leave), Handler(leave_async)]
    for handler in handlers:
        with acting_as(Identity(user_id="7")):
            with pytest.raises(RuntimeError, match="called sys.exit"):
                handler.call()
            with pytest.raises(RuntimeError, match="called sys.exit"):
                async_to_sync(handler.acall)()
