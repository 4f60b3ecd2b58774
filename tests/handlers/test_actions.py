"""``POST /actions/<name>/``: who may, what it takes, what becomes of what it returns, and that once."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import include, path
from django.views import View
from pydantic import Field

from accounts.models import Organization, User
from capsule.identity import Identity, acting_as
from capsule.sources import current_source
from collections_app import Row
from conversations import SyncSession
from handlers.checks import check_actions, check_routed_actions
from pages import ui
from tests.handlers.conftest import DeclareAction
from tests.testapp.declared.collections import threads

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HTMX = {"Accept": "text/html", "HX-Request": "true", "HX-Target": "form#somewhere"}
DRAWER = {**HTMX, "HX-Target": "div#drawer"}


# Doing it ------------------------------------------------------------------------------------------------


def test_it_does_it_for_whoever_asks_and_the_name_stays_a_function(
    declare_action: DeclareAction, alice_client: Client, alice: Any
) -> None:
    def rename(request: HttpRequest, who: Identity, to: str, times: int = 1) -> str:
        return f"{who.user_id} {to * times} {current_source()}"

    rename_action = declare_action(rename)
    assert rename_action.url() == "/actions/rename/"
    assert rename_action(HttpRequest(), Identity(), "a", 2) == "None aa task"
    body = {"to": "b", "times": 3}
    answer = alice_client.post("/actions/rename/", body, content_type="application/json")
    assert answer.json() == {"message": f"{alice.pk} bbb action", "undo": None}
    answer = alice_client.post("/actions/rename", body, headers=JSON)  # a form, without the slash
    assert answer.json()["message"] == f"{alice.pk} bbb action"


def test_an_async_function_and_django_views_do_it_too(
    declare_action: DeclareAction, alice_client: Client
) -> None:
    async def later(identity: Identity, n: int) -> str:
        return f"{n} of {identity.user_id}"

    def plain(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST["whatever"], status=201)

    class Classy(View):
        def post(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("classy")

    for function in (later, plain, Classy):
        declare_action(function)
    assert alice_client.post("/actions/later/", {"n": 1}, headers=JSON).json()["message"].startswith("1 of ")
    answer = alice_client.post("/actions/plain/", {"whatever": "it reads itself"})
    assert (answer.status_code, answer.content) == (201, b"it reads itself")
    assert alice_client.post("/actions/Classy/", {"a": "b"}).content == b"classy"


def test_it_is_refused_where_it_runs(
    declare_action: DeclareAction, client: Client, alice_client: Client, dana_client: Client
) -> None:
    done = []
    declare_action(lambda: done.append(1), "staff", access="staff")
    answers = [one.post("/actions/staff/", headers=JSON) for one in (client, alice_client)]
    assert [(one.status_code, one.json()["error"]) for one in answers] == [
        (401, "authentication_required"),
        (403, "permission_denied"),
    ]
    assert [one.get("/actions/staff/ask/").status_code for one in (client, alice_client)] == [302, 403]
    assert not done
    dana_client.post("/actions/staff/")
    assert done == [1]
    answer = dana_client.get("/actions/staff/", headers=JSON)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert dana_client.post("/actions/nobody/").status_code == 404


def test_another_sites_form_does_nothing(declare_action: DeclareAction, alice: Any) -> None:
    done = []
    declare_action(lambda: done.append(1), "ping")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/actions/ping/").status_code == 403
    assert not done


def test_bad_input_names_each_field(declare_action: DeclareAction, alice_client: Client) -> None:
    def hand_over(to: Literal["ana", "ben"], hours: Annotated[int, Field(ge=1)] = 1) -> None:
        raise AssertionError("never with these")

    declare_action(hand_over)
    for body in ({"to": "eve", "hours": 0, "row": "x"}, {"to": ["ana"], "hours": "1e9"}):
        answer = alice_client.post("/actions/hand_over/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_input"), body
        assert "to" in answer.json()["fields"]
    for raw in ("[1]", "{", '{"to": "ana", "to": "ben"}'):
        answer = alice_client.post("/actions/hand_over/", raw, content_type="application/json")
        assert answer.status_code == 400, raw
    # A person has the form back, with what they typed and what is wrong with it.
    answer = alice_client.post("/actions/hand_over/", {"to": "ben", "hours": "zero"}, headers=BROWSER)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Use a whole number." in page
    assert 'value="zero"' in page
    assert '<option value="ben" selected>' in page
    # Beside a button that stands on a page only what is wrong.
    notice = alice_client.post("/actions/hand_over/", {"to": "eve"}, headers=HTMX)
    assert (notice.status_code, b"capsule-error" in notice.content) == (422, True)


# What it returns -----------------------------------------------------------------------------------------


def test_each_kind_of_return_has_its_answer(declare_action: DeclareAction, alice_client: Client) -> None:
    returned: Any = None
    declare_action(lambda: returned, "give")

    def asked(**headers: str) -> Any:
        return alice_client.post("/actions/give/", {"next": "/somewhere/"}, headers=headers)

    assert asked(**JSON).json() == {"message": "", "undo": None}
    assert asked(**BROWSER)["Location"] == "/somewhere/"
    assert asked(**HTMX).content.strip() == b""
    assert b"data-done" in asked(**DRAWER).content
    returned = "Done & dusted."
    assert b"Done &amp; dusted." in asked(**HTMX).content
    assert b"hx-partial" in asked(**DRAWER).content
    asked(**BROWSER)
    assert b"Done &amp; dusted." in alice_client.get("/account/").content
    returned = ui.Text("Look <here>")
    assert "Look &lt;here&gt;" in asked(**JSON).json()["html"]
    assert b'hx-target="#drawer"' in asked(**HTMX).content
    assert asked(**DRAWER).content.strip().startswith(b'<div class="drawer-content"')
    assert b"<h1" in asked(**BROWSER).content
    returned = {"to": "Nobody of that name.", "": ["And more."]}
    answer = asked(**JSON)
    assert (answer.status_code, answer.json()["fields"]) == (
        422,
        {"to": ["Nobody of that name."], "": ["And more."]},
    )
    assert [asked(**one).status_code for one in (HTMX, DRAWER, BROWSER)] == [422, 422, 422]
    returned = HttpResponseRedirect("/elsewhere/")
    assert asked(**HTMX)["HX-Redirect"] == "/elsewhere/"
    assert asked(**BROWSER)["Location"] == "/elsewhere/"


def test_nobody_is_led_to_another_site(declare_action: DeclareAction, alice_client: Client) -> None:
    declare_action(lambda: None, "ping")
    answer = alice_client.post("/actions/ping/", {"next": "https://example.org/"}, headers=BROWSER)
    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PermissionDenied(), 403, "permission_denied"),
        (Http404(), 404, "not_found"),
        (ValidationError({"to": ["Too long."]}), 422, "invalid"),
        (ValidationError("No."), 422, "invalid"),
        (SystemExit(3), 500, "server_error"),
        (RuntimeError("a secret"), 500, "server_error"),
    ],
)
def test_what_it_raises_is_an_answer(
    error: BaseException,
    status: int,
    code: str,
    declare_action: DeclareAction,
    alice_client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise error

    declare_action(fail)
    alice_client.raise_request_exception = False
    with caplog.at_level(logging.ERROR, "capsule.handlers"):
        answer = alice_client.post("/actions/fail/", headers={**JSON, "Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert "secret" not in answer.content.decode()
    assert (len(caplog.records) == 1) is (status == 500)
    # Its key is free again: what was refused may be sent once more.
    again = alice_client.post("/actions/fail/", headers={**JSON, "Idempotency-Key": "one"})
    assert again.json()["error"] == code


def test_a_value_is_refused_for_it_belongs_in_a_data_handler(
    declare_action: DeclareAction, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    declare_action(lambda: [1, 2], "give")
    alice_client.raise_request_exception = False
    assert alice_client.post("/actions/give/", headers=JSON).status_code == 500
    assert "values are what a data handler returns" in caplog.text


@pytest.fixture
def as_alice(alice: User, acme: Organization) -> Iterator[None]:
    with acting_as(user=alice, organization=acme):
        yield


# Undo, and where from ------------------------------------------------------------------------------------


def test_what_it_wrote_can_be_taken_back_where_it_was_one_document(
    declare_action: DeclareAction, alice_client: Client, bob_client: Client, as_alice: None
) -> None:
    row = threads.insert_one({"subject": "Printer", "status": "new"})
    wanted: Any = None
    declare_action(lambda: wanted(), "do")

    def undo_of(doing: Any, client: Client = alice_client) -> Any:
        nonlocal wanted
        wanted = doing
        return client.post("/actions/do/", headers=JSON).json()["undo"]

    undo = undo_of(lambda: threads.update_one({"_id": row.id}, {"status": "closed"}) and "Closed.")
    assert undo == f"/collections/test_threads/{row.id}/undo/2/"
    entry = threads.history(row.id)[0]
    assert (entry.source, entry.changes["status"]) == ("action", ("new", "closed"))
    bob_client.post(undo)
    assert threads.get(row.id)["status"] == "closed"  # type: ignore[index] # what was alice's she takes back
    alice_client.post(undo)
    assert threads.get(row.id)["status"] == "new"  # type: ignore[index]
    assert undo_of(lambda: threads.insert_one({"subject": "New"}) and "Added.").endswith("/undo/1/")
    assert undo_of(lambda: threads.delete_one({"_id": row.id}) and "Gone.") == (
        f"/collections/test_threads/{row.id}/undelete/"
    )
    assert undo_of(lambda: threads.update_many({}, {"status": "open"}) and "x") is not None  # one is left
    threads.insert_many([{"subject": "A"}, {"subject": "B"}])
    assert undo_of(lambda: threads.update_many({}, {"status": "closed"}) and "x") is None
    assert undo_of(lambda: "nothing was written") is None


def test_a_conflict_is_a_409(declare_action: DeclareAction, alice_client: Client, as_alice: None) -> None:
    row = threads.insert_one({"subject": "Printer"})
    declare_action(lambda: threads.update_one({"_id": row.id}, {"subject": "x"}, version=7), "late")
    answer = alice_client.post("/actions/late/", headers=JSON)
    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")


# Once ----------------------------------------------------------------------------------------------------


def test_a_request_that_is_repeated_has_its_effect_once(
    declare_action: DeclareAction, alice_client: Client, bob_client: Client
) -> None:
    done: list[str] = []

    def count(n: str = "") -> str:
        done.append(n)
        return f"{len(done)} done"

    declare_action(count)

    def ask(key: str, n: str = "", client: Client = alice_client) -> Any:
        return client.post("/actions/count/", {"n": n}, headers={**JSON, "Idempotency-Key": key})

    first, second = ask("k"), ask("k")
    assert first.json() == second.json() == {"message": "1 done", "undo": None}
    assert second["Idempotent-Replayed"] == "true"
    assert ask("k", "other").json()["error"] == "idempotency_key_reused"
    assert ask("k", client=bob_client).json()["message"] == "2 done"
    assert ask("").status_code == 400
    # A form carries its key; a second press of the same button says so and does nothing.
    forms = [alice_client.post("/actions/count/", {"n": "f", "once": "one"}, headers=HTMX) for _ in "12"]
    assert b"3 done" in forms[0].content
    assert b"done already" in forms[1].content
    assert len(done) == 3


def test_whoever_comes_while_it_is_being_done_does_not_do_it_too(
    declare_action: DeclareAction, alice_client: Client
) -> None:
    inner: list[Any] = []

    def slow() -> str:
        headers = {**JSON, "Idempotency-Key": "k"}
        inner.append(alice_client.post("/actions/slow/", headers=headers))
        return "Done."

    declare_action(slow)
    answer = alice_client.post("/actions/slow/", headers={**JSON, "Idempotency-Key": "k"})
    assert answer.json()["message"] == "Done."
    assert [(one.status_code, one.json()["error"]) for one in inner] == [(409, "already_done")]


# Asking first --------------------------------------------------------------------------------------------


def test_a_person_is_asked_by_typed_controls(declare_action: DeclareAction, alice_client: Client) -> None:
    def hand_over(
        to: Annotated[str, Field(title="Assign to", description="A colleague.", max_length=20)],
        kind: Literal["soon", "later"] = "later",
        hours: Annotated[int, Field(ge=1, le=8)] = 2,
        urgent: bool = False,
        tags: list[Literal["a", "b"]] = [],  # noqa: B006
        note: str | None = None,
    ) -> str:
        return f"{to} {kind} {hours} {urgent} {tags} {note}"

    declare_action(hand_over, confirm="Really?")
    page = alice_client.get("/actions/hand_over/ask/?next=/there/", headers=BROWSER).content.decode()
    for piece in (
        "Really?", "Assign to", "A colleague.", 'maxlength="20"', '<option value="later" selected>',
        'type="number"', 'min="1"', 'max="8"', 'type="checkbox"', 'action="/actions/hand_over/"',
        'value="/there/"',
    ):  # fmt: skip
        assert piece in page, piece
    part = alice_client.get("/actions/hand_over/ask/", headers=DRAWER).content.decode()
    assert part.strip().startswith('<div class="drawer-content"')
    typed = {
        "to": "ana",
        "kind": "soon",
        "hours": "3",
        "tags": ["a", "b"],
        "note": "",
        "with": "",
        "once": "x",
    }
    answer = alice_client.post("/actions/hand_over/", {**typed, "next": "/there/"}, headers=DRAWER)
    assert "ana soon 3 False [&#x27;a&#x27;, &#x27;b&#x27;]" in answer.content.decode()
    assert alice_client.get("/actions/hand_over/ask/?with=forged").status_code == 400
    assert alice_client.post("/actions/hand_over/ask/").status_code == 405


# Checks --------------------------------------------------------------------------------------------------


def test_what_is_wrong_with_it_is_told_at_start_up(declare_action: DeclareAction) -> None:
    def broken(next: str, **rest: str) -> None: ...
    def taken(next: str) -> None: ...

    declare_action(broken, access="somebody", timeout=0)
    declare_action(taken, "no/address")
    declare_action(lambda: None, "patient", timeout=None)
    for timeout in ("10", math.inf, math.nan, True, -1):
        declare_action(lambda: None, f"at-{timeout}", timeout=timeout)
    found = {(error.id, error.msg.partition(":")[0][:16]) for error in check_actions()}
    assert {id for id, _ in found} == {
        f"handlers.{code}" for code in ("E001", "E003", "E006", "E011", "E012")
    }
    assert sum(error.id == "handlers.E011" for error in check_actions()) == 6
    assert sys.modules[__name__].__name__ in check_actions()[0].msg


def test_a_button_stands_at_one_row_alone(declare_action: DeclareAction) -> None:
    def swap(row: Row, other: Row) -> None: ...
    def told(session: SyncSession, row: Row) -> None: ...

    declare_action(swap)
    declare_action(told)
    found = [error.msg for error in check_actions() if error.id == "handlers.E014"]
    assert len(found) == 2
    assert "its parameters 'row' and 'other' each ask for one" in found[0]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (lambda action: action, ["handlers.E013"]),
        (login_required, ["handlers.E013"]),
        (lambda action: action.view, []),
    ],
)
def test_a_line_that_leads_past_its_access_is_named(
    declare_action: DeclareAction, alice_client: Client, settings: Any, named: Any, found: list[str]
) -> None:
    def wipe(request: HttpRequest) -> HttpResponse:
        return HttpResponse("wiped")

    line = path("wipe/", named(declare_action(wipe, access="staff")))
    settings.ROOT_URLCONF = (path("of/", include([line])), path("", include("capsule_site.urls")))
    assert alice_client.post("/of/wipe/").status_code == (200 if found else 403), "nothing is asked there"
    assert [problem.id for problem in check_routed_actions()] == found
