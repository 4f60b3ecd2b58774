"""The wizard and the counter: ordinary views with their state in the conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization
from collections_app.handle import Collection
from demo.declarations import threads
from tests.demo.conftest import client_of

REQUEST = {"sender": "ana@firm.example", "subject": "The lamp flickers"}
URGENCY = {"priority": "4", "tags": "light, office,light"}


def triage(step: str = "") -> str:
    address = reverse("pages:triage")
    return f"{address}?step={step}" if step else address


def send(client: Client, step: str, answers: dict[str, Any], button: str = "next") -> Any:
    return client.post(triage(step), {**answers, "button": button})


def where(response: Any) -> str:
    """The address that a response leads to."""
    return str(response.url)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def filled(client: Client) -> Any:
    """Both steps answered; the summary."""
    send(client, "request", REQUEST)
    send(client, "urgency", URGENCY)
    return client.get(triage("summary"))


def finish(client: Client, filed: str = "0") -> Any:
    return send(client, "summary", {"filed": filed}, "finish")


def every(collection: Collection) -> int:
    return collection.across_scopes().count()


@pytest.fixture
def alice(desk: Organization) -> Client:
    return client_of("alice", desk)


def test_two_steps_and_a_summary_end_in_a_thread(alice: Client, desk: Organization) -> None:
    assert "Who wrote?" in text_of(alice.get(triage()))
    assert send(alice, "request", REQUEST).url == triage("urgency")
    assert "How urgent is it?" in text_of(alice.get(triage("urgency")))
    assert send(alice, "urgency", URGENCY).url == triage("summary")
    summary = text_of(alice.get(triage("summary")))
    for said in ("ana@firm.example", "The lamp flickers", "Urgent", "light, office"):
        assert said in summary

    before = every(threads)
    response = finish(alice)
    assert every(threads) == before + 1
    row = threads.across_scopes().find_one({"subject": "The lamp flickers"})
    assert row is not None
    assert response.url == reverse("collections_app:record", args=["threads", row.id])
    assert (row["priority"], row["tags"], row["status"]) == (4, ["light", "office"], "new")
    assert "The lamp flickers" in text_of(alice.get(response.url))
    # It is the organisation's, so bob has it and charlie has not.
    assert client_of("bob", desk).get(response.url).status_code == 200
    assert client_of("charlie", desk).get(response.url).status_code == 404
    # The temporary state is gone.
    assert "ana@firm.example" not in text_of(alice.get(triage()))


def test_back_keeps_the_answers_finished_or_not(alice: Client) -> None:
    send(alice, "request", REQUEST)
    assert send(alice, "urgency", {"priority": "", "tags": "half a tho"}, "back").url == triage("request")
    assert 'value="The lamp flickers"' in text_of(alice.get(triage("request")))
    assert send(alice, "request", {**REQUEST, "subject": "The lamp hums"}).url == triage("urgency")
    assert 'value="half a tho"' in text_of(alice.get(triage("urgency")))
    send(alice, "urgency", URGENCY)
    assert send(alice, "summary", {}, "back").url == triage("urgency")
    assert 'value="light, office,light"' in text_of(alice.get(triage("urgency")))


def test_cancel_forgets_everything(alice: Client) -> None:
    filled(alice)
    before = every(threads)
    assert send(alice, "summary", {}, "cancel").url == triage()
    page = text_of(alice.get(triage()))
    assert "nothing was saved" in page
    assert "The lamp flickers" not in page
    assert every(threads) == before
    assert send(alice, "request", {}, "cancel").status_code == 302


def test_a_second_click_files_nothing_twice(alice: Client) -> None:
    filled(alice)
    before = every(threads)
    finish(alice)
    again = alice.post(triage("summary"), {"filed": "0", "button": "finish"}, follow=True)
    assert "filed or put aside already" in text_of(again)
    assert every(threads) == before + 1
    # The next one has the next number.
    page = text_of(filled(alice))
    number = page.partition('name="filed" value="')[2].partition('"')[0]
    finish(alice, number)
    assert every(threads) == before + 2


def test_the_state_belongs_to_one_person(alice: Client, desk: Organization) -> None:
    send(alice, "request", REQUEST)
    for other in ("bob", "charlie", "dana"):
        assert "The lamp flickers" not in text_of(client_of(other, desk).get(triage()))
    # And it is there in another tab of the same browser.
    assert "The lamp flickers" in text_of(alice.get(triage()))


def test_nobody_is_asked_to_sign_in(desk: Organization) -> None:
    before = every(threads)
    nobody = Client()
    assert where(nobody.get(triage())).startswith(reverse("accounts:sign_in"))
    assert send(nobody, "request", REQUEST).status_code in (302, 401)
    assert finish(nobody).status_code in (302, 401)
    assert every(threads) == before


@pytest.mark.parametrize("step", ["urgency", "summary"])
def test_no_step_can_be_jumped_over(alice: Client, step: str) -> None:
    assert where(alice.get(triage(step))) == triage("request")
    before = every(threads)
    assert finish(alice).url == triage()
    assert every(threads) == before


def test_the_summary_waits_for_the_second_step(alice: Client) -> None:
    send(alice, "request", REQUEST)
    assert where(alice.get(triage("summary"))) == triage("urgency")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("page", ["triage", "counter"])
def test_other_methods_are_refused(alice: Client, method: str, page: str) -> None:
    assert getattr(alice, method)(reverse(f"pages:{page}")).status_code == 405


BAD_SUBJECTS = ["", "   ", "x" * 201, "x" * 1_000_000, "NUL \0 here"]


@pytest.mark.parametrize("subject", BAD_SUBJECTS)
def test_a_bad_answer_comes_back_with_its_message(alice: Client, subject: str) -> None:
    response = send(alice, "request", {"sender": "not an address", "subject": subject})
    assert response.status_code == 422
    page = text_of(response)
    assert 'aria-invalid="true"' in page
    assert 'value="not an address"' in page
    assert where(alice.get(triage("urgency"))) == triage("request")


@pytest.mark.parametrize("subject", [*BAD_SUBJECTS, "<script>alert(1)</script>", "\u202eright to left"])
def test_back_takes_whatever_was_typed(alice: Client, subject: str) -> None:
    send(alice, "request", {"sender": "", "subject": subject}, "back")
    page = alice.get(triage())
    assert page.status_code == 200
    assert "<script>alert" not in text_of(page)


@pytest.mark.parametrize("priority", ["0", "5", "-1", "NaN", "1e3", "four", "9" * 400, ""])
def test_a_priority_that_is_none_is_refused(alice: Client, priority: str) -> None:
    send(alice, "request", REQUEST)
    assert send(alice, "urgency", {"priority": priority, "tags": ""}).status_code == 422


WORDS = ["<b>bold</b>", "{{ 7|add:7 }}", "'; DROP TABLE x; --", "=1+1", "日本語 👩‍🚀"]


@pytest.mark.parametrize("subject", WORDS)
def test_any_words_arrive_as_they_are(alice: Client, subject: str) -> None:
    send(alice, "request", {**REQUEST, "subject": subject})
    filled_in = send(alice, "urgency", {"priority": "1", "tags": ""})
    assert filled_in.url == triage("summary")
    assert "<b>bold" not in text_of(alice.get(triage("summary")))
    finish(alice)
    assert threads.across_scopes().count({"subject": subject}) == 1


@pytest.mark.parametrize("step", ["nowhere", "SUMMARY", "1", "x" * 4000])
def test_a_step_that_is_none_is_refused(alice: Client, step: str) -> None:
    assert alice.get(triage(step)).status_code == 400
    assert send(alice, step, REQUEST).status_code == 400


def test_it_needs_the_token_of_its_form(desk: Organization) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_of("alice", desk).cookies
    assert send(strict, "request", REQUEST).status_code == 403


# The counter ---------------------------------------------------------------------------------------


def test_the_counter_counts_for_each_browser_by_itself(desk: Organization) -> None:
    one, other = Client(), Client()
    address = reverse("pages:counter")
    assert '<span id="clicks">0</span>' in text_of(one.get(address))
    assert "sid" not in one.cookies  # looking begins no conversation
    for _click in range(3):
        assert where(one.post(address)) == address
    assert '<span id="clicks">3</span>' in text_of(one.get(address))
    assert '<span id="clicks">0</span>' in text_of(other.get(address))
