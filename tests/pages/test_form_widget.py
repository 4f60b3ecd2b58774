"""``ui.Form`` and ``{% form %}``: what is sent to a page is taken by the form that the page itself makes."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.contrib import messages
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.template.loader import render_to_string
from django.test import Client
from django.urls import include, path
from django.views.decorators.http import require_GET
from django.views.generic import TemplateView

from accounts.models import Organization, User
from capsule import Identity, acting_as
from pages import ui
from tests.pages.conftest import Render
from tests.testapp.declared.collections import bookmarks, contacts, everything, threads
from tests.testapp.declared.forms import OrganizationForm, ReportForm

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

TAKEN: list[dict[str, Any]] = []
OWN = engines["django"].from_string("{% load capsule %}<main>{% form form submit='Report' %}</main>")
RECORD = engines["django"].from_string("{% load capsule %}<main>{% form 'test_bookmarks' %}</main>")


def own(request: HttpRequest) -> HttpResponse:
    """A form as any Django view has it."""
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        TAKEN.append(form.cleaned_data)
        messages.success(request, "Reported.")
        return redirect("/thanks/")
    return HttpResponse(OWN.render({"form": form}, request))


@require_GET
def reading(request: HttpRequest) -> HttpResponse:
    """A view that takes no POST, with a form of a collection in its template."""
    assert not request.POST and not request.FILES
    return HttpResponse(RECORD.render({}, request))


class Later(TemplateView):
    def get_template_names(self) -> Any:
        return RECORD


urlpatterns = [
    path("own/", own),
    path("reading/", reading),
    path("later/", Later.as_view()),
    path("whole/", transaction.atomic(reading)),
    path("", include("capsule_site.urls")),
]


def htmx(form: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": f"form#{form}"}


def form_in(html: str, form: str) -> str:
    """The form's element alone."""
    return html[html.index(f'id="{form}"') :].partition("</form>")[0]


def sent(form: str, **values: Any) -> dict[str, Any]:
    return {"capsule-form": form, "once": uuid4().hex, **values}


def subjects(person: User, organization: Organization | None) -> list[Any]:
    with acting_as(user=person, organization=organization):
        return [row["subject"] for row in threads.all()]


# A collection's ------------------------------------------------------------------------------------------


def test_a_record_is_added_and_the_page_is_shown_again(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    answer = alice_client.post(
        "/test-forms/?status=open", sent("form-test_threads", subject="Ink", status="open")
    )
    assert (answer.status_code, answer["Location"]) == (302, "/test-forms/?status=open")
    page = alice_client.get("/test-forms/?status=open").content.decode()
    assert "The record was added." in page and "/undo/" in page
    assert '<option value="open" selected' in form_in(page, "form-test_threads")
    assert '<option value="new" selected' in form_in(page, "form-another")
    assert subjects(alice, acme) == ["Ink"]


def test_htmx_gets_an_empty_form_and_learns_what_changed(alice_client: Client) -> None:
    answer = alice_client.post(
        "/test-forms/", sent("form-test_threads", subject="Ink"), headers=htmx("form-test_threads")
    )
    html = answer.content.decode()
    assert answer.status_code == 200 and "<!doctype" not in html
    assert "Ink" not in form_in(html, "form-test_threads") and "data-typed" not in html
    assert "autofocus" in form_in(html, "form-test_threads")
    assert "The record was added." in html
    assert "data-digest" in html  # so that it is known again


def test_a_form_that_is_not_there_after_it_was_taken_leads_to_the_whole_page(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        thread = threads.insert_one({"subject": "Last"})
    form = "form-rename"
    assert form in alice_client.get("/test-edit-form/").text
    values = sent(form, subject="gone", version=thread.version)
    answer = alice_client.post("/test-edit-form/", values, headers=htmx(form))
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/test-edit-form/")
    page = alice_client.get("/test-edit-form/").text
    assert "There is no thread." in page and "Renamed." in page  # what was said waits for who reads it


def test_what_an_action_shows_is_shown_though_its_form_is_gone(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    with acting_as(user=alice, organization=acme):
        thread = threads.insert_one({"subject": "Last"})
    values = sent("form-rename", subject="shown once", version=thread.version)
    answer = alice_client.post("/test-edit-form/", values, headers=htmx("form-rename"))
    assert answer.status_code == 200 and "The only time that this is shown." in answer.text
    assert "HX-Redirect" not in answer.headers


@pytest.mark.parametrize("headers", [{}, htmx("form-report")], ids=["a page", "a part"])
def test_what_a_forms_action_keeps_of_the_conversation_stays(
    alice_client: Client, headers: dict[str, str]
) -> None:
    values = sent("form-report", subject="begun", origin="7")
    assert alice_client.post("/test-forms-of-actions/", values, headers=headers).status_code in (200, 302)
    assert "Begun: by a form" in alice_client.get("/test-begun/").text


@pytest.mark.parametrize("headers", [{}, htmx("form-test_bookmarks")], ids=["a page", "a part"])
def test_a_view_in_a_transaction_keeps_what_its_form_adds(
    alice: User, acme: Organization, alice_client: Client, headers: dict[str, str]
) -> None:
    values = sent("form-test_bookmarks", label="Django", url="https://www.djangoproject.com/")
    assert alice_client.post("/whole/", values, headers=headers).status_code in (200, 302)
    with acting_as(user=alice, organization=acme):
        assert bookmarks.count() == 1


@pytest.mark.parametrize("headers", [{}, htmx("form-test_threads")], ids=["page", "htmx"])
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    headers: dict[str, str], alice: User, acme: Organization, alice_client: Client
) -> None:
    typed = sent("form-test_threads", subject="<Ink>", sender="nobody", priority="many")
    answer = alice_client.post("/test-forms/", typed, headers=headers)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert ("<!doctype" in html) is (not headers)
    form = form_in(html, "form-test_threads")
    assert 'value="&lt;Ink&gt;"' in form and 'value="nobody"' in form
    assert form.count('aria-invalid="true"') == 2 and "2 fields need another look." in form
    assert re.search(r'name="sender"[^>]* autofocus', form) and form.count("autofocus") == 1
    assert 'id="form-test_threads-sender_error"' in form and "data-typed" in form
    assert f'name="once" value="{typed["once"]}"' in form
    if not headers:
        assert "nobody" not in form_in(html, "form-another")  # which has the same fields
    assert subjects(alice, acme) == []


def test_a_form_that_is_sent_twice_adds_one_and_one_that_says_something_else_another(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    typed = sent("form-test_threads", subject="Ink")
    for _again in range(2):
        assert alice_client.post("/test-forms/", typed).status_code == 302
    assert subjects(alice, acme) == ["Ink"]
    assert "It was done once." in alice_client.get("/test-forms/").content.decode()
    alice_client.post("/test-forms/", {**typed, "subject": "Paper"})
    assert sorted(subjects(alice, acme)) == ["Ink", "Paper"]


def test_no_name_of_a_field_reaches_what_the_form_does_not_offer(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    more = {"secret": "x", "other-data": '{"k": 1}', "scope_key": "org:1", "_id": "1"}
    alice_client.post("/test-forms/", sent("form-test_threads", subject="Ink", **more))
    with acting_as(user=alice, organization=acme):
        (row,) = threads.find()
        assert not more.keys() & row.document.keys()


def test_the_forms_of_a_page_are_told_apart(alice: User, acme: Organization, alice_client: Client) -> None:
    page = alice_client.get("/test-forms/").content.decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert not [one for one in ids if one.startswith("form-") and ids.count(one) > 1]
    alice_client.post("/test-forms/", sent("form-another", subject="Ink"))
    alice_client.post("/test-forms/", sent("form-test_bookmarks", title="Site", url="https://example.com"))
    assert subjects(alice, acme) == ["Ink"]
    with acting_as(user=alice, organization=acme):
        assert bookmarks.count() == 1 and contacts.count() == 0


def test_a_form_with_files_is_multipart_and_keeps_them(alice_client: Client) -> None:
    page = alice_client.get("/test-form-of-files/").content.decode()
    assert 'enctype="multipart/form-data" hx-encoding="multipart/form-data"' in page
    file = SimpleUploadedFile("a.txt", b"Some words")
    wrong = alice_client.post("/test-form-of-files/", sent("form-test_everything", email="no", file=file))
    assert wrong.status_code == 422
    kept = re.search(r'name="file" value="([^"]+)" data-file-value', wrong.content.decode())
    assert kept and "a.txt" in kept[1]
    file.seek(0)
    assert (
        alice_client.post("/test-form-of-files/", sent("form-test_everything", file=file)).status_code == 302
    )
    assert everything.find()[0]["file"]["label"] == "a.txt"


# Who may -------------------------------------------------------------------------------------------------


def test_whoever_may_not_see_the_page_or_add_is_refused(
    client: Client,
    charlie: User,
    alice: User,
    acme: Organization,
    charlie_client: Client,
    dana_client: Client,
) -> None:
    typed = sent("form-test_threads", subject="Ink")
    assert client.post("/test-forms/", typed).status_code == 401
    assert client.post("/test-forms/", typed, headers=htmx("form-test_threads")).status_code == 401
    assert (
        charlie_client.post("/test-forms-of-models/", sent("form-organization", name="X")).status_code == 403
    )
    charlie_client.post("/test-forms/", typed)
    assert subjects(alice, acme) == [] and subjects(charlie, None) == ["Ink"]


def test_a_token_is_asked_for_before_anything_else(alice: User, acme: Organization) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="accounts.backends.AccountBackend")
    assert strict.post("/test-forms/", sent("form-test_threads", subject="Ink")).status_code == 403
    assert subjects(alice, None) == []


@pytest.mark.parametrize("form", ["form-nothing", "", "table-test_threads", "form-test_threads "])
def test_a_form_that_is_not_there_is_gone(
    form: str, alice: User, acme: Organization, alice_client: Client
) -> None:
    answer = alice_client.post("/test-forms/", sent(form, subject="Ink"))
    assert answer.status_code == 410 and subjects(alice, acme) == []


def test_a_page_for_reading_takes_no_other_post(alice_client: Client) -> None:
    assert alice_client.post("/test-forms/", {"subject": "Ink"}).status_code == 405
    as_json = {"capsule-form": "form-test_threads"}
    assert alice_client.post("/test-forms/", as_json, content_type="application/json").status_code == 405


# A model's -----------------------------------------------------------------------------------------------


def test_a_form_of_a_model_asks_djangos_permission(charlie: User, charlie_client: Client) -> None:
    charlie.is_staff = True
    charlie.save()
    typed = sent("form-organization", name="New", slug="new")
    page = charlie_client.get("/test-forms-of-models/").content.decode()
    assert (
        "do not have permission" in page and "<form" not in page.partition("<main")[2].partition("</main")[0]
    )
    assert charlie_client.post("/test-forms-of-models/", typed).status_code == 403
    charlie.user_permissions.add(Permission.objects.get(codename="add_organization"))
    assert 'name="slug" value="new"' in charlie_client.get("/test-forms-of-models/").content.decode()
    assert charlie_client.post("/test-forms-of-models/", typed).status_code == 302
    assert Organization.objects.get().name == "New"
    again = charlie_client.post("/test-forms-of-models/", {**typed, "name": "Another"})
    assert again.status_code == 422 and "already exists" in again.content.decode()


# An action's ---------------------------------------------------------------------------------------------

ACTIONS = "/test-forms-of-actions/"


def test_an_action_is_given_the_form_and_its_words_are_said(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    typed = sent("form-report", subject="Ink", origin="7")
    wrong = alice_client.post(ACTIONS, {**typed, "details": "Ink"})
    assert wrong.status_code == 422 and "Say more than the subject." in wrong.content.decode()
    assert subjects(alice, acme) == []
    part = alice_client.post(ACTIONS, typed, headers=htmx("form-report"))
    assert part.status_code == 200 and "Reported: Ink" in part.content.decode()
    again = alice_client.post(ACTIONS, typed, headers=htmx("form-report"))
    assert "It was done once." in again.content.decode()
    assert subjects(alice, acme) == ["Ink"]
    assert (
        alice_client.post(ACTIONS, sent("form-report", subject="nothing", origin="7"))["Location"] == ACTIONS
    )


def test_each_answer_of_an_action_has_its_place(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    def say(subject: str) -> Any:
        typed = sent("form-report", subject=subject, origin="7")
        return alice_client.post(ACTIONS, typed, headers=htmx("form-report"))

    refused = say("refused")
    form = form_in(refused.content.decode(), "form-report")
    assert refused.status_code == 422 and "elsewhere: Nor that." in form
    assert re.search(r'id="form-report-subject_error">Nobody takes this.', form)
    shown = say("shown").content.decode()
    assert 'hx-target="#drawer"' in shown and "Shown in the drawer." in shown
    assert 'value="Ink"' in form_in(shown, "form-report")
    away = say("away")
    assert away["HX-Redirect"] == "/test-report/" and not away.has_header("Location")
    alice_client.raise_request_exception = False
    broken = say("broken")
    assert broken.status_code == 500
    assert "capsule-error" in broken.content.decode() and "secret" not in broken.content.decode()


def test_an_action_without_a_form_is_given_its_values_as_parameters(dana_client: Client) -> None:
    def say(**typed: str) -> Any:
        return dana_client.post(
            f"{ACTIONS}?length=5", sent("form-words", **typed), headers=htmx("form-words")
        )

    assert "4 words" in say(subject="Ink", details="in the printer").content.decode()
    assert "at most 5 characters" in say(subject="Paper!").content.decode()  # the form that the page made
    by_action = say(subject="Ink", details="x")
    assert by_action.status_code == 422
    assert 'id="id_details_error"' in by_action.content.decode()


def test_an_action_that_one_may_not_do_is_refused_and_not_drawn(alice_client: Client) -> None:
    page = alice_client.get(ACTIONS).content.decode()
    assert 'name="capsule-form" value="form-report"' in page
    assert 'name="capsule-form" value="form-words"' not in page and "do not have permission" in page
    assert alice_client.post(ACTIONS, sent("form-words", subject="Ink")).status_code == 403


def test_the_rules_of_its_form_hold_whoever_calls_an_action(
    alice: User, acme: Organization, alice_client: Client
) -> None:
    def call(**values: Any) -> Any:
        accept = {"Accept": "application/json"}
        return alice_client.post("/actions/report/", values, content_type="application/json", headers=accept)

    refused = call(subject="x" * 41)
    assert refused.status_code == 400 and set(refused.json()["fields"]) == {"subject", "origin"}
    assert call(subject="Ink", origin=7).json()["message"] == "Reported: Ink"
    assert subjects(alice, acme) == ["Ink"]


# A view's own --------------------------------------------------------------------------------------------


def test_a_pages_own_form_is_taken_by_its_function(alice_client: Client) -> None:
    wrong = alice_client.post("/test-report/", {"subject": "Ink", "details": "Ink", "origin": "x"})
    form = form_in(wrong.content.decode(), "form-report")
    assert wrong.status_code == 422 and "capsule-form" not in form
    assert "Say more than the subject." in form and "Origin: Enter a whole number." in form
    part = alice_client.post("/test-report/", {"subject": ""}, headers=htmx("form-report"))
    assert part.status_code == 422 and "<!doctype" not in part.content.decode()
    done = alice_client.post("/test-report/", {"subject": "Ink", "origin": "7"}, headers=htmx("form-report"))
    assert (done.status_code, done["HX-Redirect"]) == (200, "/test-forms/")
    assert "Reported: Ink" in alice_client.get("/test-forms/").content.decode()
    # What is sent to another form of that page is not taken for its own.
    assert alice_client.post("/test-report/", sent("form-test_bookmarks", title="T")).status_code == 302
    assert "Reported" not in alice_client.get("/test-forms/").content.decode()


def test_any_view_takes_its_own_form_and_htmx_gets_that_alone(client: Client) -> None:
    TAKEN.clear()
    assert client.post("/own/", {"subject": ""}).status_code == 200  # as the view says
    part = client.post("/own/", {"subject": "x" * 41}, headers=htmx("form-report"))
    html = part.content.decode()
    assert part.status_code == 422 and html.lstrip().startswith("<form") and "x" * 41 in html
    picture = SimpleUploadedFile("a.png", b"png")
    done = client.post(
        "/own/", {"subject": "Ink", "origin": "7", "picture": picture}, headers=htmx("form-report")
    )
    assert done["HX-Redirect"] == "/thanks/" and TAKEN[0]["picture"].name == "a.png"
    assert client.post("/own/", {"subject": "Ink", "origin": "7"})["Location"] == "/thanks/"


@pytest.mark.parametrize("address", ["/reading/", "/later/"])
def test_a_record_is_added_from_the_template_of_any_view(
    address: str, alice: User, acme: Organization, alice_client: Client, client: Client
) -> None:
    typed = sent("form-test_bookmarks", title="Site", url="https://example.com")
    assert alice_client.post(address, typed)["Location"] == address
    wrong = alice_client.post(address, {**typed, "url": "javascript:1"})
    assert wrong.status_code == 422 and "<main>" in wrong.content.decode()
    part = alice_client.post(address, {**typed, "title": "Two"}, headers=htmx("form-test_bookmarks"))
    assert part.status_code == 200 and "<main>" not in part.content.decode()
    assert client.post(address, typed).status_code == 401
    with acting_as(user=alice, organization=acme):
        assert bookmarks.count() == 2


# Mistakes ------------------------------------------------------------------------------------------------


def test_what_nobody_would_take_is_said_to_whoever_writes_it(render: Render) -> None:
    with pytest.raises(TypeError, match="form class"):
        ui.Form([])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="initial values"):
        ui.Form(ReportForm(), initial={"subject": "x"})
    assert "could not be shown" in render(ui.Form(ReportForm))  # nothing says what becomes of it
    with acting_as(Identity()):
        assert "Sign in to see this" in render(ui.Form(OrganizationForm))
    assert "No collection is named" in render(ui.Form("test_thread"))


class WhenForm(forms.Form):
    """Questions of several parts, as Django has them."""

    begin = forms.SplitDateTimeField(help_text="When it begins.")
    day = forms.DateField(widget=forms.SelectDateWidget)


def test_a_question_of_several_parts_has_one_heading_and_all_its_parts() -> None:
    html = "".join(render_to_string("capsule/_field.html", {"field": field}) for field in WhenForm())
    assert html.count("<fieldset") == 2 and html.count("<legend") == 2 and "When it begins." in html
    names = re.findall(r'name="((?:begin|day)_\w+)"', html)
    assert names == ["begin_0", "begin_1", "day_month", "day_day", "day_year"]
    assert html.count('class="form-select"') == 3 and html.count('class="form-control"') == 2
