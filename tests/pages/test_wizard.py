"""``ui.Wizard``: step by step, back and forth, on several devices, in several tabs, and once at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import Membership, Organization, User
from capsule import acting_as
from collections_app.files.keeping import stored_files
from collections_app.files.pruning import prune_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from conversations.models import Conversation
from pages import Answers, ui
from pages.errors import BadWizard
from pages.wizards.answers import NotAnswered
from pages.wizards.path import path_of
from tests.collections_app.files.content import PDF, PNG, content_of, uploaded
from tests.conftest import PASSWORD, signed_in
from tests.pages.walking import Tab
from tests.testapp.declared import wizards
from tests.testapp.declared.collections import papers
from tests.testapp.declared.wizards import FINISHED, Papers, Where, Who

pytestmark = pytest.mark.django_db
OPEN = "/test-open-wizard/"


@pytest.fixture(autouse=True)
def nothing_finished() -> Iterator[None]:
    FINISHED.clear()
    yield


@pytest.fixture
def tab(alice_client: Client) -> Tab:
    return Tab(alice_client).open()


def walked(tab: Tab, country: str = "us", count: int = 0, **last: Any) -> Tab:
    """All steps answered; the summary."""
    tab.send(name="Ana", since="2026-05-03").send(country=country)
    if country == "fr":
        tab.send(number="12.50")
    tab.send(count=str(count))
    for number in range(count):
        tab.send(person=f"Person {number}")
    return tab.send(**last)


def returns_rows(answers: Answers) -> Any:
    return papers.filter(title="x")


def returns_handle(answers: Answers) -> Any:
    return papers


def returns_words(answers: Answers) -> Any:
    return "Who"


def returns_an_instance(answers: Answers) -> Any:
    return [Who, Where()]


@pytest.mark.parametrize("step", [returns_rows, returns_handle, returns_words, returns_an_instance])
def test_a_step_that_returns_no_form_is_named_with_its_place(step: Any, rf: RequestFactory) -> None:
    with pytest.raises(
        BadWizard, match=f"the step '{step.__name__}' returned .* or None, where it is skip"
    ) as caught:
        path_of([step], {}, rf.get("/"), "")
    assert caught.value.place == (__file__, step.__code__.co_firstlineno)


def test_a_step_may_return_its_forms_one_by_one(rf: RequestFactory) -> None:
    def several(answers: Answers) -> Any:
        yield from (Who, Where)

    assert [stop.name for stop in path_of([several], {}, rf.get("/"), "").stops] == ["several", "several-2"]


def test_what_was_not_answered_is_told_with_what_was() -> None:
    answers = Answers()
    answers.add("who", Who, {"name": "Ana", "animal": "cat"})
    with pytest.raises(NotAnswered) as caught:
        answers["animl"]
    assert str(caught.value) == (
        "Nothing is answered as 'animl'. Did you mean 'animal'? See docs/errors.md#notanswered"
    )
    assert answers.get("animl") is None


def rows() -> list[Any]:
    return list(papers.across_scopes().all())


def focused(html: str) -> str:
    """The element that gets the focus."""
    return html.partition(" autofocus")[0].rpartition("<")[2]


# Forth and back ------------------------------------------------------------------------------------------


def test_it_goes_from_step_to_step_and_the_address_names_each(tab: Tab) -> None:
    assert tab.step == "who" and "Step 1 of" in tab.text
    response = tab.post(name="Ana")
    assert (response.status_code, response["Location"]) == (302, "/test-wizard/?step=where")
    tab.open("/test-wizard/?step=where")
    assert tab.step == "where" and "Place" in tab.text and 'aria-current="step"' in tab.text
    assert "no-store" in tab.headers["Cache-Control"]


def test_other_parameters_of_the_page_stay(alice_client: Client) -> None:
    tab = Tab(alice_client).open("/test-wizard/?tone=loud")
    response = alice_client.post("/test-wizard/?tone=loud&step=who", {**tab.hidden, "name": "Ana"})
    assert response["Location"] == "/test-wizard/?tone=loud&step=where"


def test_all_that_was_answered_stands_in_the_summary_in_words(tab: Tab) -> None:
    walked(tab, "fr", 2, note="One\n<b>two</b>", terms=uploaded(name="terms.pdf"))
    assert tab.step == "summary"
    for said in ("Ana", "May 3, 2026", "France", "12.50", "Person 0", "Person 1", "terms.pdf", "<dd>No</dd>"):
        assert said in tab.text, said
    assert "One<br>&lt;b&gt;two" in tab.text


def test_a_step_is_skipped_and_another_is_repeated(tab: Tab) -> None:
    tab.send(name="Ana").send(country="fr")
    assert tab.step == "extra"
    tab.send("step:where").send(country="us")
    assert tab.step == "how-many"
    assert "?step=extra" not in tab.html
    people = [tab.send(count="3").step, tab.send(person="a").step, tab.send(person="b").step]
    assert people == ["people", "people-2", "people-3"]
    assert "Person 3 of 3" in tab.text


def test_back_keeps_what_was_typed_finished_or_not(tab: Tab) -> None:
    tab.send(name="Ana").send("step:who", country="nowhere", news="on")
    assert tab.step == "who" and 'value="Ana"' in tab.text
    tab.send(name="Ben")
    assert tab.step == "where" and " checked" in tab.text
    assert "is-invalid" not in tab.text  # it was not sent yet
    tab.send(country="nowhere")
    assert tab.status == 422 and "is-invalid" in tab.text and "autofocus" in focused(tab.text) + "autofocus"


def test_a_bad_answer_comes_back_with_its_words_and_what_was_typed(tab: Tab) -> None:
    tab.send(name="x" * 101, since="soon")
    assert tab.status == 422 and tab.step == "who"
    assert 'value="soon"' in tab.text and "Enter a valid date" in tab.text and "2 fields" in tab.text
    assert Tab(tab.client).open("/test-wizard/?step=where").step == "who"


@pytest.mark.parametrize("typed", ["x" * 100_000, "NUL \0 here"])
def test_what_cannot_be_kept_is_refused_in_words_wherever_it_leads(tab: Tab, typed: str) -> None:
    tab.send(name="Ana")
    for go in ("next", "step:who"):
        tab.send(go, country=typed)
        assert (tab.status, tab.step) == (422, "where")
        assert "cannot be" in tab.text
    assert Tab(tab.client).open("/test-wizard/?step=who").text.count('value="Ana"') == 1


@pytest.mark.parametrize("step", ["where", "summary", "done", "nowhere", "step:who", "x" * 4000, "../"])
def test_no_step_can_be_jumped_to(tab: Tab, step: str) -> None:
    response = tab.client.get("/test-wizard/", {"step": step})
    assert (response.status_code, response["Location"]) == (302, "/test-wizard/?step=who")
    sent = tab.client.post("/test-wizard/", {**tab.hidden, "wizard-step": step, "name": "Eve"}, follow=True)
    assert sent.status_code == 200 and not rows()


@pytest.mark.parametrize("go", ["finish", "step:summary", "step:done", "step:nowhere", "", "x" * 4000])
def test_no_button_leads_past_an_open_step(tab: Tab, go: str) -> None:
    tab.send(go, name="")
    assert tab.step == "who" and not rows()
    tab.send(name="Ana").send(go)
    assert tab.step in ("who", "where") and not rows()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(tab: Tab, method: str) -> None:
    assert getattr(tab.client, method)("/test-wizard/").status_code == 405


def test_a_post_that_names_no_form_is_refused(tab: Tab) -> None:
    assert tab.client.post("/test-wizard/", {"name": "Ana"}).status_code == 405


def test_it_needs_the_token_of_its_form(tab: Tab) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = tab.client.cookies
    assert strict.post("/test-wizard/?step=who", {**tab.hidden, "name": "Ana"}).status_code == 403


# With htmx -----------------------------------------------------------------------------------------------


def test_htmx_gets_the_next_step_and_its_address(tab: Tab) -> None:
    headers = {"HX-Request": "true", "HX-Target": "section#wizard-add-paper"}
    sent = {**tab.hidden, "name": "Ana"}
    answer = tab.client.post("/test-wizard/?step=who", sent, headers=headers)
    html = answer.content.decode()
    assert answer.status_code == 200 and "<!doctype" not in html
    assert answer["HX-Push-Url"] == "/test-wizard/?step=where"
    assert 'role="status">Step 2 of' in html and 'name="country"' in focused(html)
    refused = tab.client.post("/test-wizard/?step=who", {**tab.hidden, "name": ""}, headers=headers)
    assert refused.status_code == 409 or refused.status_code == 422


# Where one goes on ---------------------------------------------------------------------------------------


def test_another_device_goes_on_at_the_same_step(tab: Tab, alice: User, acme: Organization) -> None:
    tab.send(name="Ana").send(country="us")
    other = Tab(signed_in(alice, acme)).open()
    assert other.step == "how-many"
    other.send("step:where")
    assert Tab(tab.client).open().step == "where"  # where she went back to, and not where she could go on
    assert " selected" in other.text


def test_an_expired_sign_in_goes_on_at_the_same_step(tab: Tab, alice: User, acme: Organization) -> None:
    tab.send(name="Ana")
    client = Client()
    refused = client.post("/test-wizard/?step=where", {**tab.hidden, "country": "us"})
    assert refused.status_code == 401
    asked = client.get("/test-wizard/?step=where")
    assert "/sign-in/" in asked["Location"]
    answer = client.post(asked["Location"], {"username": alice.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/test-wizard/?step=where"


def test_a_visitor_goes_on_when_they_have_signed_in(alice: User, acme: Organization) -> None:
    tab = Tab(Client(), OPEN).open()
    tab.send(name="Ana").send("step:who", terms=uploaded(name="terms.pdf"))
    assert Tab(Client(), OPEN).open().text.count("Ana") == 0
    tab.client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    for client in (tab.client, signed_in(alice, acme)):
        assert 'value="Ana"' in Tab(client, OPEN).open("/test-open-wizard/?step=who").text
        assert "terms.pdf" in Tab(client, OPEN).open("/test-open-wizard/?step=papers").text


def test_a_step_that_is_sent_after_the_sign_in_expired_spoils_nothing(
    alice: User, acme: Organization
) -> None:
    person = Tab(signed_in(alice, acme), OPEN).open()
    person.send(name="Ana")
    browser = Client()
    browser.post(f"{OPEN}?step=papers", {**person.hidden, "wizard-go": "next", "note": "Later"})
    assert Tab(browser, OPEN).open().step == "who"  # a visitor's, who has answered nothing
    browser.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert 'value="Ana"' in Tab(browser, OPEN).open("/test-open-wizard/?step=who").text


def test_a_choice_that_was_deleted_meanwhile_is_chosen_anew(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        gone = papers.insert_one({"title": "Brochure"})
        kept = papers.insert_one({"title": "Almanac"})
    tab = Tab(alice_client, path="/test-lending-wizard/").open()
    tab.send(paper=gone.id).send(about="Bob")
    assert tab.step == "summary"
    with acting_as(user=alice, organization=acme):
        gone.delete()
    tab.send("finish")
    assert tab.step == "lent" and "That choice is not there any more. Choose again." in tab.text
    assert str(gone.id) not in tab.text and '<option value="">' in tab.text and "selected" not in tab.text
    assert "is-invalid" in tab.send(paper="").text
    assert tab.send(paper=kept.id).step == "about"


LOUD = "That step cannot be answered now."


def test_who_goes_back_to_a_choice_that_was_deleted_is_told_beside_it_alone(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        gone, kept = (papers.insert_one({"title": title}) for title in ("Brochure", "Almanac"))
    tab = Tab(alice_client, path="/test-lending-wizard/").open()
    tab.send(paper=gone.id)
    with acting_as(user=alice, organization=acme):
        gone.delete()
    tab.send("step:lent", about="B")
    assert tab.step == "lent" and LOUD not in tab.html
    assert tab.text.count("That choice is not there any more. Choose again.") == 1
    tab.send(paper=kept.id)
    assert tab.step == "about" and 'value="B"' in tab.text  # Back keeps what was typed


def test_who_goes_back_past_it_is_told_nothing(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    walked(tab, "fr")
    tab.send("step:how-many")
    monkeypatch.setattr(Where, "base_fields", {"country": forms.ChoiceField(choices=[("us", "USA")])})
    tab.send("step:who", count="2")
    assert tab.step == "who" and LOUD not in tab.html and "not there any more" not in tab.html
    assert "not there any more" in tab.send(name="Ana").text
    assert tab.step == "where"


def test_what_is_typed_at_a_step_that_is_asked_no_more_is_lost_aloud(tab: Tab) -> None:
    tab.send(name="Ana").send(country="fr").send(number="12.50")
    other = Tab(tab.client).open("/test-wizard/?step=extra")
    tab.send("step:where").send(country="us")
    assert other.step == "extra"
    assert LOUD in other.send("step:where", number="13").html
    assert other.step == "where"


def test_who_goes_back_from_a_step_that_is_asked_no_more_loses_nothing(tab: Tab) -> None:
    tab.send(name="Ana").send(country="fr").send(number="12.50")
    other = Tab(tab.client).open("/test-wizard/?step=extra")
    tab.send("step:where").send(country="us")
    assert LOUD not in other.send("step:where", number="12.50").html
    assert other.step == "where"


def test_who_goes_on_from_a_step_that_cannot_be_answered_is_told(
    alice_client: Client, alice: User, acme: Organization
) -> None:
    with acting_as(user=alice, organization=acme):
        gone = papers.insert_one({"title": "Brochure"})
    tab = Tab(alice_client, path="/test-lending-wizard/").open()
    tab.send(paper=gone.id)
    with acting_as(user=alice, organization=acme):
        gone.delete()
    assert LOUD in tab.send(about="B").html
    assert tab.step == "lent"


class WhoLater(forms.Form):
    """As it is after a deployment."""

    name = forms.CharField(max_length=2)
    email = forms.EmailField()


def test_an_answer_that_fits_no_more_leads_back_to_its_step(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked(tab)
    monkeypatch.setattr(Who, "base_fields", WhoLater.base_fields)
    again = Tab(tab.client).open()
    assert again.step == "who"
    assert 'value="Ana"' in again.text and "at most 2 characters" in again.text and "required" in again.text
    again.send(name="An", email="an@example.com")
    assert again.step == "where"
    assert Tab(tab.client).open("/test-wizard/?step=summary").step == "summary"


# Two tabs ------------------------------------------------------------------------------------------------


def test_tabs_on_different_steps_keep_what_the_other_has_answered(tab: Tab) -> None:
    walked(tab)
    one = Tab(tab.client).open("/test-wizard/?step=who")
    two = Tab(tab.client).open("/test-wizard/?step=where")
    one.send(name="Ben")
    two.send(country="us", news="on")
    summary = Tab(tab.client).open("/test-wizard/?step=summary")
    assert "Ben" in summary.text and "<dd>Yes</dd>" in summary.text


def test_a_later_tab_is_told_what_another_has_answered(tab: Tab) -> None:
    old = Tab(tab.client).open()
    tab.send(name="Ana")
    old.send(name="Ben")
    assert (old.status, old.step) == (409, "who")
    assert "answered elsewhere" in old.text and "Ana" in old.text and 'value="Ben"' in old.text
    assert 'value="Ana"' in Tab(tab.client).open("/test-wizard/?step=who").text
    old.send(name="Ben")
    assert old.step == "where"
    assert 'value="Ben"' in Tab(tab.client).open("/test-wizard/?step=who").text


def test_the_same_from_two_tabs_is_no_conflict(tab: Tab) -> None:
    old = Tab(tab.client).open()
    tab.send(name="Ana")
    assert old.send(name="Ana").step == "where"


def test_a_summary_that_is_not_true_any_more_is_shown_once_more(tab: Tab) -> None:
    walked(tab)
    Tab(tab.client).open("/test-wizard/?step=who").send(name="Ben")
    tab.send("finish")
    assert (tab.status, tab.step) == (409, "summary") and "Ben" in tab.text and not rows()
    assert tab.send("finish").step == "done" and rows()[0]["title"] == "Ben"


def test_a_tab_of_an_earlier_one_changes_nothing_of_the_next(tab: Tab) -> None:
    tab.send(name="Ana")
    old = Tab(tab.client).open("/test-wizard/?step=where")
    tab.send("over")
    assert tab.step == "who" and "Ana" not in tab.text
    tab.send(name="Ben")
    old.send(country="us")
    assert (old.status, old.step) == (409, "where")
    old.html = old.html.replace(old.hidden["wizard-seen"], "0")
    assert old.send("over").step in ("who", "where")
    walked_on = Tab(tab.client).open("/test-wizard/?step=who")
    assert 'value="Ben"' in walked_on.text or old.step == "who"


# The end -------------------------------------------------------------------------------------------------


def test_it_ends_in_a_record_and_says_where_it_is(
    tab: Tab, bob: User, charlie: User, acme: Organization
) -> None:
    walked(tab, "fr", 2, terms=uploaded(name="terms.pdf"))
    tab.send("finish")
    (row,) = rows()
    assert tab.step == "done" and tab.address == "/test-wizard/?step=done"
    assert "“Ana” was added." in tab.text and f"/collections/test_papers/{row.id}/" in tab.text
    assert (row["said"], row["since"]) == (["Person 0", "Person 1"], "2026-05-03")
    assert row["contract"]["label"] == "terms.pdf"
    for client, status in ((tab.client, 200), (signed_in(bob, acme), 200), (signed_in(charlie), 404)):
        answer = client.get(f"/collections/test_papers/{row.id}/files/contract/")
        assert answer.status_code == status and (status == 404 or content_of(answer) == PDF)
    with opened(EVERY_SCOPE):
        assert stored_files().count() == 1  # taken over, and not copied


def test_afterwards_it_begins_anew_and_the_result_stays_where_it_was(tab: Tab) -> None:
    walked(tab).send("finish")
    assert Tab(tab.client).open("/test-wizard/?step=summary").step == "done"
    again = Tab(tab.client).open()
    assert again.step == "who" and "Ana" not in again.text
    assert Tab(tab.client).open("/test-wizard/?step=done").step == "done"
    again.send(name="Ben")
    assert again.step == "where"
    assert Tab(tab.client).open("/test-wizard/?step=done").step == "where"


def test_a_second_click_finds_what_the_first_came_to(tab: Tab) -> None:
    walked(tab)
    first, second = tab.post("finish"), tab.post("finish")
    assert first["Location"] == second["Location"] == "/test-wizard/?step=done"
    assert FINISHED == {"Ana": 1} and len(rows()) == 1


def test_a_redirect_leads_everybody_there(tab: Tab) -> None:
    walked(tab, note="redirect")
    assert [tab.post("finish")["Location"] for _n in range(2)] == ["/thanks/", "/thanks/"]
    assert len(rows()) == 1
    headers = {"HX-Request": "true", "HX-Target": "section#wizard-add-paper"}
    led = tab.client.post(
        "/test-wizard/?step=summary", {**tab.hidden, "wizard-go": "finish"}, headers=headers
    )
    assert led["HX-Redirect"] == "/thanks/"


def test_what_is_not_taken_leads_to_its_field_and_nothing_was_done(tab: Tab) -> None:
    walked(tab, count=1, note="problem").send("finish")
    assert (tab.status, tab.step) == (422, "people")
    assert "Somebody else, please." in tab.text and not rows()
    assert FINISHED == {"Ana": 1}


def test_what_the_collection_refuses_is_said_too(tab: Tab) -> None:
    walked(tab, terms=uploaded(PNG, "photo.png"))
    assert tab.step == "summary"
    tab.send("finish")
    assert tab.status == 422 and "image/png" in tab.text and not rows()
    assert "Contract: " in tab.text and "contract: " not in tab.text  # as a person calls it


def test_an_error_undoes_all_of_it_and_nothing_is_lost(tab: Tab) -> None:
    walked(tab, note="break")
    tab.client.raise_request_exception = False
    answer = tab.post("finish")
    assert answer.status_code == 500 and b"secret detail" not in answer.content
    assert not rows() and Tab(tab.client).open().step == "summary"


def test_start_over_forgets_and_saves_nothing(tab: Tab) -> None:
    tab.send(name="Ana").send("over")
    assert tab.step == "who" and "Ana" not in tab.text and "nothing was saved" in tab.html
    assert not rows()


def test_on_finish_may_change_what_the_same_conversation_keeps() -> None:
    tab = Tab(Client(), OPEN).open()
    tab.send(name="Ana").send()
    tab.send("finish")
    assert "Hello Ana" in tab.text and "Greeted" in tab.text
    data = Conversation.objects.get().session.get_decoded()
    assert data["greeted"] == 1 and "Ana" not in str(data).replace("Hello Ana", "")


def lent(client: Client, referer: str) -> Tab:
    """The lending wizard, opened from a page, up to its summary."""
    with acting_as(user=User.objects.get(email="alice@example.com"), organization=Organization.objects.get()):
        paper = papers.insert_one({"title": "Almanac"})
    tab = Tab(client, path="/test-lending-wizard/")
    tab.html = client.get(tab.path, headers={"Referer": referer}).content.decode()
    return tab.send(paper=paper.id).send(about="Bob")


def test_the_last_page_leads_back_to_the_page_that_it_began_from(alice_client: Client) -> None:
    tab = lent(alice_client, "http://testserver/test-tabs-alone/?tabs=second").send("finish")
    assert tab.step == "done" and "It is lent." in tab.text
    back = 'href="/test-tabs-alone/?tabs=second">Back to “Test tabs alone”</a>'
    assert back in tab.text
    assert back in Tab(alice_client).open("/test-lending-wizard/?step=done").text


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "http://elsewhere.example/test-tabs-alone/",
        "http://testserver/test-lending-wizard/?step=about",
        "http://testserver/sign-in/?next=/test-lending-wizard/",
        "http://testserver/test-staff/",
        "http://testserver/nowhere/",
        "http://[testserver/",
        "javascript:alert(1)",
    ],
)
def test_it_leads_back_to_no_other(alice_client: Client, referer: str) -> None:
    tab = lent(alice_client, referer).send("finish")
    assert tab.step == "done" and "Back to" not in tab.text


def test_who_came_too_late_chooses_anew(alice_client: Client) -> None:
    tab = lent(alice_client, "")
    papers.across_scopes().update_many({}, {"said": ["lent"]})
    tab.send("finish")
    assert (tab.status, tab.step) == (422, "lent")
    assert "Somebody else was quicker. Choose another." in tab.text and "That is done" not in tab.text


# Whose it is ---------------------------------------------------------------------------------------------


def test_nobody_else_sees_any_of_it(
    tab: Tab, alice: User, bob: User, charlie: User, acme: Organization
) -> None:
    walked(tab, terms=uploaded(name="terms.pdf"))
    for client in (signed_in(bob, acme), signed_in(charlie), signed_in(alice)):
        other = Tab(client).open("/test-wizard/?step=summary")
        assert other.step == "who" and "Ana" not in other.text
        # What alice's page carries means nothing from anybody else.
        other.html = tab.html
        other.send("finish")
        assert not rows()
        assert "Ana" not in other.open().text
    assert not FINISHED
    assert Client().get("/test-wizard/")["Location"].startswith("/sign-in/")
    assert tab.send("finish").step == "done"


def test_a_former_member_cannot_go_on(bob: User, acme: Organization) -> None:
    tab = walked(Tab(signed_in(bob, acme)).open())
    Membership.objects.filter(user=bob).delete()
    tab.send("finish")
    assert not rows() and tab.step == "who"
    assert "Ana" not in tab.open().text


# Files ---------------------------------------------------------------------------------------------------


def at_papers(tab: Tab) -> Tab:
    return tab.send(name="Ana").send(country="us").send(count="0")


def test_a_file_stays_through_all_that_is_wrong_and_may_be_removed(tab: Tab) -> None:
    at_papers(tab).send("step:how-many", terms=uploaded(name="terms.pdf"))
    tab.send(count="0")
    assert "terms.pdf" in tab.text and 'name="terms-removed"' in tab.text
    assert "terms.pdf" in tab.send(note="Words").text
    tab.send("step:papers").send(terms=uploaded(name="other.pdf"))
    assert "other.pdf" in tab.text and "terms.pdf" not in tab.text
    tab.send("step:papers").send(**{"terms-removed": "1"})
    assert ".pdf" not in tab.text


def test_a_file_is_kept_for_weeks(tab: Tab) -> None:
    walked(tab, terms=uploaded(name="terms.pdf"))
    with opened(EVERY_SCOPE):
        stored_files().update(created_at=timezone.now() - timedelta(days=20))
    assert prune_files().files == 0
    tab.send("finish")
    assert rows()[0]["contract"]["label"] == "terms.pdf"


def test_a_file_that_is_gone_is_asked_for_again(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Papers.base_fields["terms"], "required", True)
    walked(tab, terms=uploaded(name="terms.pdf"))
    with opened(EVERY_SCOPE):
        stored_files().all().delete()
    tab.open()
    assert tab.step == "papers" and "required" in tab.text


def test_a_file_of_another_person_is_not_had_by_naming_it(tab: Tab) -> None:
    at_papers(tab).send(terms='{"_type":"file","id":"' + "0" * 32 + '"}', **{"terms-kept": "x"})
    assert tab.step == "summary" and "terms" not in tab.text.lower().replace(">terms<", "")


def test_an_empty_file_is_refused_beside_its_field(tab: Tab) -> None:
    at_papers(tab).send(terms=SimpleUploadedFile("empty.pdf", b""))
    assert tab.status == 422 and "empty" in tab.text


# The call site -------------------------------------------------------------------------------------------


class Secret(forms.Form):
    word = forms.CharField(widget=forms.PasswordInput)


def test_a_password_is_never_asked_for(make_request: Any) -> None:
    wizard = ui.Wizard([Secret], on_finish=str)
    with pytest.raises(TypeError, match=r"is a password.* Take the field out of the step.* in a ui\.Form"):
        path_of(wizard.steps, {}, make_request(), "%s")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "at least one"), ([Who, Who], "two steps"), (["who"], "form class"), ([Who()], "form class"),
        ([int], "form class"), ([lambda answers: Who], "needs a name"), ([Answers], "form class"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_where_it_is_made(steps: list[Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        ui.Wizard(steps, on_finish=wizards.greet)


def test_answers_are_of_all_steps_that_count() -> None:
    answers = Answers()
    answers.add("who", Who, {"name": "Ana", "since": date(2026, 5, 3)})
    answers.add("where", Where, {"country": "fr", "name": "Home"})
    assert {**answers} == {"name": "Home", "since": date(2026, 5, 3), "country": "fr"}
    assert answers.of(Who) == answers.of("who") == [{"name": "Ana", "since": date(2026, 5, 3)}]
    with pytest.raises(KeyError):
        answers["nothing"]


SHOWING = "/test-showing-wizard/"


@pytest.mark.parametrize("about", ["bare", "carded"])
def test_a_widget_that_it_came_to_stands_on_the_last_page_and_is_live(
    alice_client: Client, bob_client: Client, about: str
) -> None:
    tab = Tab(alice_client, SHOWING).open().send(about=about)
    finished = alice_client.post(
        f"{SHOWING}?step=summary", {**tab.hidden, "wizard-go": "finish"}, headers={"HX-Request": "true"}
    )
    assert finished["HX-Redirect"] == f"{SHOWING}?step=done"  # whole, so that its scripts are there
    tab.open(f"{SHOWING}?step=done")
    assert tab.step == "done" and about in tab.text
    part = re.search(r'id="(table-[^"]*-result-\d+)"', tab.html)
    assert part is not None and "data-live=" in tab.html
    # Each file comes once, also where another widget of the page has brought it.
    scripts = re.findall(r'<script src="([^"]+)"', tab.html)
    assert len(scripts) == len(set(scripts)) and any("table" in one for one in scripts)
    # Fetched by itself it reads anew; nobody else has it under this id.
    wanted = {"HX-Request": "true", "HX-Target": f"section#{part[1]}"}
    again = alice_client.get(f"{SHOWING}?step=done", headers=wanted)
    assert again.status_code == 200 and part[1] in again.content.decode()
    assert bob_client.get(f"{SHOWING}?step=done", headers=wanted).status_code in (302, 410)


def test_a_widget_that_cannot_be_kept_undoes_the_end(alice_client: Client) -> None:
    tab = Tab(alice_client, SHOWING).open().send(about="form")
    with pytest.raises(TypeError, match=r"ui\.Form cannot be shown"):
        tab.send("finish")
    assert not rows() and tab.open(f"{SHOWING}?step=summary").step == "summary"
