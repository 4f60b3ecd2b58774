"""The wizards and the counter: what one is in the middle of, and the record that comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Organization
from collections_app.handle import Collection
from demo.customers import customers
from demo.declarations import threads
from tests.demo.conftest import client_of
from tests.pages.walking import Tab

REQUEST = {"sender": "ana@firm.example", "subject": "The lamp flickers"}
URGENCY = {"priority": "4", "tags": "light, office,light"}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def where(response: Any) -> str:
    """The address that a response leads to."""
    return str(response.url)


def every(collection: Collection) -> int:
    return collection.across_scopes().count()


@pytest.fixture
def alice(desk: Organization) -> Client:
    return client_of("alice", desk)


@pytest.fixture
def tab(alice: Client) -> Tab:
    return Tab(alice, reverse("pages:triage")).open()


def test_two_steps_and_a_summary_end_in_a_thread(tab: Tab, desk: Organization) -> None:
    assert "Who wrote?" in tab.text
    assert "How urgent is it?" in tab.send(**REQUEST).text
    tab.send(**URGENCY)
    for said in ("ana@firm.example", "The lamp flickers", "Urgent", "light, office"):
        assert said in tab.text
    before = every(threads)
    assert tab.send("finish").step == "done"
    assert every(threads) == before + 1
    row = threads.across_scopes().find_one({"subject": "The lamp flickers"})
    assert row is not None
    address = reverse("collections_app:record", args=["threads", row.id])
    assert address in tab.text
    assert (row["priority"], row["tags"], row["status"]) == (4, ["light", "office"], "new")
    # It is the organisation's, so bob has it and charlie has not.
    assert client_of("bob", desk).get(address).status_code == 200
    assert client_of("charlie", desk).get(address).status_code == 404
    # The temporary state is gone.
    assert "ana@firm.example" not in tab.open().text


def test_back_keeps_the_answers_finished_or_not(tab: Tab) -> None:
    tab.send(**REQUEST).send("step:request", priority="", tags="half a tho")
    assert 'value="The lamp flickers"' in tab.text
    assert 'value="half a tho"' in tab.send(**{**REQUEST, "subject": "The lamp hums"}).text
    assert 'value="light, office,light"' in tab.send(**URGENCY).send("step:urgency").text


def test_start_over_forgets_everything(tab: Tab) -> None:
    before = every(threads)
    tab.send(**REQUEST).send(**URGENCY).send("over")
    assert tab.step == "request" and "nothing was saved" in tab.html
    assert "The lamp flickers" not in tab.text and every(threads) == before


def test_a_second_click_files_nothing_twice(tab: Tab) -> None:
    tab.send(**REQUEST).send(**URGENCY)
    before = every(threads)
    assert {tab.post("finish").url for _click in range(2)} == {f"{tab.path}?step=done"}
    assert every(threads) == before + 1


def test_the_state_belongs_to_one_person(tab: Tab, desk: Organization) -> None:
    tab.send(**REQUEST)
    for other in ("bob", "charlie", "dana"):
        assert "The lamp flickers" not in Tab(client_of(other, desk), tab.path).open().html
    assert Tab(client_of("alice", desk), tab.path).open().step == "urgency"  # on another device of hers


def test_nobody_is_asked_to_sign_in(tab: Tab) -> None:
    before, nobody = every(threads), Client()
    assert where(nobody.get(tab.path)).startswith(reverse("accounts:sign_in"))
    assert nobody.post(tab.path, {**tab.hidden, **REQUEST}).status_code == 401
    assert every(threads) == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("page", ["triage", "counter"])
def test_other_methods_are_refused(alice: Client, method: str, page: str) -> None:
    assert getattr(alice, method)(reverse(f"pages:{page}")).status_code == 405


BAD_SUBJECTS = ["", "   ", "x" * 201, "x" * 1_000_000, "NUL \0 here"]


@pytest.mark.parametrize("subject", BAD_SUBJECTS)
def test_a_bad_answer_comes_back_with_its_message(tab: Tab, subject: str) -> None:
    tab.send(sender="not an address", subject=subject)
    assert tab.status == 422
    assert 'aria-invalid="true"' in tab.text and 'value="not an address"' in tab.text
    assert Tab(tab.client, tab.path).open(f"{tab.path}?step=urgency").step == "request"


@pytest.mark.parametrize("priority", ["0", "5", "-1", "NaN", "1e3", "four", "9" * 400, ""])
def test_a_priority_that_is_none_is_refused(tab: Tab, priority: str) -> None:
    assert tab.send(**REQUEST).send(priority=priority, tags="").status == 422


WORDS = ["<b>bold</b>", "{{ 7|add:7 }}", "'; DROP TABLE x; --", "=1+1", "日本語 👩‍🚀", "\u202eright to left"]


@pytest.mark.parametrize("subject", WORDS)
def test_any_words_arrive_as_they_are(tab: Tab, subject: str) -> None:
    tab.send(**{**REQUEST, "subject": subject}).send(priority="1", tags="")
    assert tab.step == "summary" and "<b>bold" not in tab.text
    tab.send("finish")
    assert "<b>bold" not in tab.text
    assert threads.across_scopes().count({"subject": subject}) == 1


def test_it_needs_the_token_of_its_form(tab: Tab) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = tab.client.cookies
    assert strict.post(tab.path, {**tab.hidden, **REQUEST}).status_code == 403


# A new customer ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("country", "steps"), [("fr", 5), ("us", 4)])
def test_a_customer_is_signed_up_with_a_file(
    alice: Client, desk: Organization, country: str, steps: int
) -> None:
    tab = Tab(alice, reverse("pages:sign_up_customer")).open()
    tab.send(company="Lumen", country=country)
    assert f"Step 2 of {steps}" in tab.text
    tab.send(contact="Zoé", email="zoe@lumen.example")
    if country == "fr":
        assert tab.step == "vat-number"
        tab.send(vat="FR12345678901")
    tab.send(plan="team", starts="2026-12-01")
    assert tab.send(contract=SimpleUploadedFile("terms.pdf", b"\x89PNG\r\n\x1a\n")).step == "summary"
    tab.send("finish")
    assert (tab.status, tab.step) == (422, "papers") and "image/png" in tab.text
    tab.send(contract=SimpleUploadedFile("terms.pdf", b"%PDF-1.7 terms")).send("finish")
    assert tab.step == "done"
    row = customers.across_scopes().find_one({"company": "Lumen"})
    assert row is not None and row["contract"]["label"] == "terms.pdf" and row["starts"] == "2026-12-01"
    assert row.get("vat") == ("FR12345678901" if country == "fr" else None)
    answer = client_of("charlie", desk).get(reverse("collections_app:record", args=["customers", row.id]))
    assert answer.status_code == 404


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
