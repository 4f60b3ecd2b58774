"""Results that are kept: never another's, never old, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from time import monotonic
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Permission
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, Role, User
from accounts.roles import is_organization_admin, may_manage_owner
from capsule import Identity, PageRequest, acting_as, current_identity
from capsule.date_ranges import DateRange
from capsule.watching import watching
from handlers.caching import results
from handlers.checks import check_handlers
from handlers.declarations import Handler, handlers_registry
from live.tracking import remembering_versions, tracking
from tests.testapp.declared.collections import isolated_app, isolated_owner
from tests.testapp.declared.settings import BY_SCOPE_AND_TYPE

pytestmark = pytest.mark.django_db(transaction=True)

SHARED, OWNED = isolated_app, isolated_owner
SWITCH, SIZE = BY_SCOPE_AND_TYPE["app", bool], BY_SCOPE_AND_TYPE["user", int]


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    results.forget()
    yield
    results.forget()


@contextmanager
def declared(function: Callable[..., Any], **options: Any) -> Iterator[Handler[..., Any]]:
    handler = Handler(function, **options)
    with handlers_registry.temporarily(handler.name, handler):
        yield handler


class Counted:
    """A function that says how often it was called."""

    def __init__(self, value: Callable[[], Any]) -> None:
        self.calls = 0
        self._value = value

    def __call__(self) -> Any:
        self.calls += 1
        return self._value()


def handler_of(counted: Counted, **options: Any) -> Handler[..., Any]:
    def kept() -> Any:
        return counted()

    return Handler(kept, "test_kept", "public", **{"cache": 60, **options})


def seed() -> None:
    SHARED.insert_one({"n": 0})
    SWITCH.set(False)


def test_it_is_computed_once_until_what_it_read_changes(alice: User, acme: Organization) -> None:
    counted = Counted(lambda: {"count": OWNED.count()})
    handler = handler_of(counted)
    with acting_as(user=alice, organization=acme):
        OWNED.insert_one({"n": 1})
        assert [handler.call() for _turn in range(3)] == [{"count": 1}] * 3
        assert counted.calls == 1
        SHARED.insert_one({"n": 1})  # not read
        assert (handler.call(), counted.calls) == ({"count": 1}, 1)
        OWNED.insert_one({"n": 2})
        assert (handler.call(), counted.calls) == ({"count": 2}, 2)


@pytest.mark.parametrize("stale", [0, 600])
def test_it_is_another_from_midnight_on_in_the_time_zone_in_force(
    stale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(lambda: list(DateRange.last(2)))
    handler = handler_of(counted, cache=600, stale=stale)
    moment = datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    with timezone.override("Europe/Paris"):
        assert handler.call() == handler.call() == ["2026-11-26", "2026-11-27"]
        assert counted.calls == 1
        moment += timedelta(seconds=1)
        assert handler.call() == ["2026-11-27", "2026-11-28"]
    with timezone.override("UTC"):
        assert handler.call() == ["2026-11-26", "2026-11-27"]


def test_it_is_kept_of_what_nobody_has_ever_changed_too(alice: User) -> None:
    counted = Counted(lambda: [SHARED.count(), SIZE.get()])
    handler = handler_of(counted)
    with acting_as(user=alice):
        assert handler.call() == handler.call() == [0, SIZE.default]
        assert counted.calls == 1
        SHARED.insert_one({"n": 1})
        assert handler.call() == [1, SIZE.default]
        SIZE.set(SIZE.default + 1)
        assert handler.call() == [1, SIZE.default + 1]


@pytest.mark.filterwarnings("ignore::handlers.running.HandlerWrites")
def test_what_it_wrote_and_undid_itself_is_not_kept(alice: User) -> None:
    def count() -> int:
        with suppress(RuntimeError), transaction.atomic():
            SHARED.insert_one({"n": 1})
            found.append(SHARED.count())
            raise RuntimeError
        return found[-1]

    found: list[int] = []
    handler = handler_of(Counted(count))
    with acting_as(user=alice), remembering_versions():
        assert handler.call() == handler.call() == 1
    assert len(found) == 2


def test_one_result_serves_whoever_has_the_same_share(
    alice: User, bob: User, charlie: User, acme: Organization
) -> None:
    counted = Counted(lambda: OWNED.count())
    handler = handler_of(counted)
    with acting_as(user=charlie):
        OWNED.insert_one({"n": 1})
        OWNED.insert_one({"n": 2})
    with acting_as(user=alice, organization=acme):
        OWNED.insert_one({"n": 1})
        assert handler.call() == 1
    with acting_as(user=bob, organization=acme):
        assert (handler.call(), counted.calls) == (1, 1)
    with acting_as(user=charlie):
        assert (handler.call(), counted.calls) == (2, 2)


def test_what_is_everybodys_is_computed_for_everybody_once(alice: User, charlie: User) -> None:
    seed()
    counted = Counted(lambda: [SHARED.count(), SWITCH.get()])
    handler = handler_of(counted)
    for person in (alice, charlie, None):
        with acting_as(Identity.of(person)):
            assert handler.call() == [1, False]
    assert counted.calls == 1


def test_what_it_asked_of_the_person_is_asked_of_the_next(alice: User, dana: User) -> None:
    seed()

    def value() -> Any:
        identity = current_identity()
        return [SHARED.count(), "all" if identity.is_staff else identity.user_id]

    handler = handler_of(Counted(value))
    with acting_as(user=dana):
        assert handler.call() == [1, "all"]
    with acting_as(user=alice):
        assert handler.call() == [1, str(alice.pk)]


RIGHTS: dict[str, Callable[[Identity], Any]] = {
    "role": is_organization_admin,
    "role of the owner": may_manage_owner,
    "permission of a row": lambda identity: identity.has_perm("auth.view_group", object()),
    "the record's permission": lambda identity: identity.user.has_perm("auth.view_group"),
    "the record's own": lambda identity: (identity.user.is_superuser, identity.user.name),
}


@pytest.mark.parametrize("asked", RIGHTS.values(), ids=RIGHTS.keys())
def test_nothing_outlives_a_right_that_was_taken(
    asked: Callable[[Identity], Any], alice: User, acme: Organization
) -> None:
    membership = alice.memberships.get(organization=acme)
    permission = Permission.objects.get(content_type__app_label="auth", codename="view_group")

    def have(role: Role, rights: bool, name: str) -> None:
        membership.role = role
        membership.save()
        alice.user_permissions.set([permission] if rights else [])
        User.objects.filter(pk=alice.pk).update(is_superuser=rights, name=name)

    def asks() -> Any:
        person = User.objects.get(pk=alice.pk)  # as each request reads it
        with acting_as(user=person, organization=acme):
            assert handler.call() == plainly.call()
            return handler.call()

    with declared(lambda: asked(current_identity()), name="test_rights", access="public", cache=9) as handler:
        plainly = Handler(lambda: asked(current_identity()), "test_rights_plainly", "public")
        have(Role.ADMIN, True, "Alice A")
        before = asks()
        have(Role.MEMBER, False, "Alice B")
        assert asks() != before


def test_a_permission_on_a_row_is_asked_each_time(alice: User) -> None:
    counted = Counted(lambda: current_identity().has_perm("desk.change_threads", alice))
    handler = handler_of(counted)
    with acting_as(user=alice):
        assert handler.call() is handler.call() is False
    assert counted.calls == 2


def test_a_result_is_its_askers_own_copy(alice: User) -> None:
    seed()
    handler = handler_of(Counted(lambda: {"rows": [SHARED.count()]}))
    with acting_as(user=alice):
        handler.call()["rows"].append("mine")
        assert handler.call() == {"rows": [1]}


def test_arguments_language_and_zone_tell_results_apart(alice: User) -> None:
    seed()
    calls = []

    def many(n: int | None = 5, flag: str = "") -> Any:
        calls.append((n, flag))
        return [SHARED.count(), n, flag]

    handler = Handler(many, "test_many", "public", 60)
    with acting_as(user=alice):
        asked: list[dict[str, Any]] = [{}, {"n": None}, {"n": 5}, {"flag": "1"}, {"flag": ""}, {"n": 6}]
        for arguments in asked * 2:
            assert handler.call(**arguments) == [1, arguments.get("n", 5), arguments.get("flag", "")]
    assert len(calls) == len(asked)


def test_it_grows_old(alice: User) -> None:
    seed()
    counted = Counted(lambda: SHARED.count())
    handler = handler_of(counted, cache=60)
    now = monotonic()
    with acting_as(user=alice), patch("handlers.caching.monotonic", lambda: now):
        handler.call()
        now += 59
        handler.call()
        assert counted.calls == 1
        now += 1
        handler.call()
        assert counted.calls == 2


def test_an_error_is_not_kept(alice: User) -> None:
    seed()
    counted = Counted(lambda: 1 / SHARED.count({"n": {"$gt": 0}}))
    handler = handler_of(counted)
    with acting_as(user=alice):
        with pytest.raises(ZeroDivisionError):
            handler.call()
        SHARED.insert_one({"n": 1})
        assert handler.call() == 1.0


def test_it_is_noted_as_read_by_whoever_shows_it(alice: User) -> None:
    seed()
    handler = handler_of(Counted(lambda: SHARED.count()))
    with acting_as(user=alice):
        for _turn in range(2):
            with tracking() as reads:
                handler.call()
            assert [topic.name for topic in reads.topics] == [SHARED.name]


def test_nothing_is_kept_of_an_open_transaction(alice: User) -> None:
    seed()
    handler = handler_of(Counted(lambda: SHARED.count()))
    with acting_as(user=alice):
        with pytest.raises(RuntimeError), transaction.atomic():
            SHARED.insert_one({"n": 1})
            assert handler.call() == 2
            raise RuntimeError
        assert handler.call() == 1


def test_over_http_with_an_etag(alice_client: Client) -> None:
    seed()
    calls = []

    def counted(request: PageRequest) -> Any:
        calls.append(request.identity.user_id)
        return {"count": SHARED.count()}

    with declared(counted, name="test_http", cache=60):
        first = alice_client.get("/data/test_http")
        second = alice_client.get("/data/test_http", headers={"If-None-Match": first["ETag"]})
        assert (first.json(), second.status_code, len(calls)) == ({"count": 1}, 304, 1)
        SHARED.insert_one({"n": 1})
        third = alice_client.get("/data/test_http", headers={"If-None-Match": first["ETag"]})
        assert (third.status_code, third.json()) == (200, {"count": 2})


def test_of_many_who_ask_at_once_one_computes(alice: User) -> None:
    seed()
    together, go = Barrier(5), Event()

    def slow() -> Any:
        go.wait(10)
        return SHARED.count()

    counted = Counted(slow)
    handler = handler_of(counted)

    def ask(_number: int) -> Any:
        try:
            with acting_as(user=alice):
                together.wait(10)
                if _number == 0:
                    go.set()
                return handler.call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as people:
        assert list(people.map(ask, range(5))) == [1] * 5
    assert counted.calls == 1


def test_while_one_computes_others_are_given_the_old(alice: User) -> None:
    seed()
    begun, go = Event(), Event()

    def slow() -> Any:
        count = SHARED.count()
        if count > 1:
            begun.set()
            go.wait(10)
        return count

    handler = handler_of(Counted(slow), stale=60)

    def ask() -> Any:
        try:
            with acting_as(user=alice):
                return handler.call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other, acting_as(user=alice):
        assert handler.call() == 1
        SHARED.insert_one({"n": 1})
        computing = other.submit(ask)
        begun.wait(10)
        assert handler.call() == 1
        go.set()
        assert computing.result(10) == 2
        assert handler.call() == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [({"cache": 0}, "keeps nothing"), ({"cache": "60"}, "no number"), ({"stale": 5}, "without cache=")],
)
def test_a_wrong_declaration_is_a_check_error(options: dict[str, Any], said: str) -> None:
    with declared(lambda: 1, name="test_wrong", **options):
        found = [problem for problem in check_handlers() if "test_wrong" in problem.msg]
    assert [problem.id for problem in found] == ["handlers.E007"] and said in found[0].msg


def test_an_identity_says_what_it_was_asked(alice: User, acme: Organization) -> None:
    with watching(Identity.of(alice, acme)) as answers:
        OWNED.count()
    assert answers["key", "owner"] == f"org:{acme.pk}"
    assert not {"user_id", "user", "is_staff", "session_id"} & {kind for kind, *_rest in answers}
    with watching(Identity.of(alice)) as answers:
        assert current_identity() == Identity.of(alice)
    assert {"user_id", "organization_id", "is_staff"} <= {kind for kind, *_rest in answers}


# Whatever is done, and whoever asks, it is as without keeping ----------------------------------------------


def everything(request: PageRequest, deep: bool = False) -> Any:
    identity = request.identity
    found: dict[str, Any] = {"shared": SHARED.count(), "switch": SWITCH.get()}
    if SWITCH.get():
        found["owned"] = OWNED.count()
    if deep:
        found["size"], found["staff"] = SIZE.get(), identity.is_staff
    return found


acts = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["ask", "deep", "shared", "owned", "switch", "size"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(acts)
def test_whatever_happens_it_says_what_is_true(
    alice: User, bob: User, charlie: User, dana: User, acme: Organization, done: list[tuple[int, str, bool]]
) -> None:
    people = [
        Identity.of(alice, acme),
        Identity.of(bob, acme),
        Identity.of(charlie),
        Identity.of(dana),
    ]
    handler = Handler(everything, "test_everything", "authenticated", 60)
    plainly = Handler(everything, "test_plainly", "authenticated")
    for number, act, flag in done:
        with acting_as(people[number]):
            if act == "shared":
                SHARED.insert_one({"n": 1})
            elif act == "owned":
                OWNED.insert_one({"n": 1})
            elif act == "switch":
                SWITCH.set(flag)
            elif act == "size":
                SIZE.set(number)
            for identity in people if act == "ask" else people[number : number + 1]:
                with acting_as(identity):
                    deep = act == "deep" or flag
                    assert handler.call(deep=deep) == plainly.call(deep=deep)
