"""Each page of the demo for each of the four people, and for nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from capsule import acting_as
from capsule.widgets import walk
from collections_app.declaring import collections
from demo import gallery, seed
from demo.declarations import daily_goal, desk_name, first_shown, reply_within, show_closed, threads
from pages import ui
from pages.declarations import pages
from settings_app.declarations import settings_registry
from tests.demo.conftest import FEW_PACKAGES, FEW_THREADS, client_of

PEOPLE = [*seed.PEOPLE, "nobody"]
# A page of one record, whose route has a parameter, stands in no sidebar: see test_talks.
LISTED = [declared for declared in pages if not declared.hidden and not declared.route_names]
OURS = [declared for declared in LISTED if declared.module.startswith("demo.")]
PUBLIC = {"start", "note_list", "counter", "widgets"}
NAMES = [
    "start", "overview", "thread_list", "triage", "contact_list", "sign_up_customer", "talk", "my_things",
    "note_list", "package_list", "preferences", "counter", "widgets", "report_a_problem", "tables",
]  # fmt: skip
OF_STAFF = ["group_list"]


def test_the_pages_are_these_in_this_order() -> None:
    shown = [declared.name for declared in sorted(OURS, key=lambda page: page.order or 0)]
    assert shown == [*NAMES, *OF_STAFF]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_page_is_shown_whole_or_asks_to_sign_in(desk: Organization, name: str, person: str) -> None:
    address = reverse(f"pages:{name}")
    response = client_of(person, desk).get(address)
    if person == "nobody" and name not in PUBLIC:
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('accounts:sign_in')}?next={address.replace('/', '%2F')}"
        return
    assert response.status_code == 200
    html = response.content.decode()
    assert "could not be shown" not in html
    assert "style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    scripts = re.findall(r'<script src="([^"]+)"', html)
    assert len(scripts) == len(set(scripts)), "each is loaded once"
    # Whoever is signed in sees everything; a visitor is offered to sign in, where there is something to see.
    assert ("Sign in to see this" in html) == (person == "nobody" and name == "widgets")


@pytest.mark.parametrize(("person", "count"), [("Alice", FEW_THREADS), ("Charlie", 7), ("Dana", 0)])
def test_a_button_of_the_sign_in_page_leads_into_ones_own_desk(
    desk: Organization, person: str, count: int
) -> None:
    visitor = Client()
    assert f">{person}</button>" in re.sub(r"<svg.*?</svg>|\s", "", visitor.get("/sign-in/").content.decode())
    visitor.post("/sign-in/demo/", {"user": str(User.objects.get(name=person).pk)})
    opened = visitor.get("/data/thread_activity", {"period": "90d"}).json()
    assert (sum(day["opened"] for day in opened) > 0) == (count > 0)
    shown = visitor.get(reverse("pages:thread_list"))
    assert shown.status_code == 200
    assert shown.content.decode().count("/collections/threads/0") == min(count, 25)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_sidebar_lists_what_a_person_may_open(desk: Organization, person: str) -> None:
    html = client_of(person, desk).get(reverse("pages:widgets")).content.decode()
    for declared in OURS:
        expected = person == "dana" or declared.name not in OF_STAFF
        expected &= person != "nobody" or declared.name in PUBLIC
        assert (f'href="{declared.address()}"' in html) == expected, declared.name


@pytest.mark.parametrize("name", ["start", "overview", "thread_list"])
def test_alice_and_bob_see_the_organisations_threads_and_charlie_none(desk: Organization, name: str) -> None:
    with acting_as(user=str(desk.members.get(name="Alice").pk), organization=desk):
        newest = threads.find({"status": {"$ne": "closed"}}, sort={"received": -1}, limit=1)[0]
    address = reverse(f"pages:{name}")
    found = f"/collections/threads/{newest.id}"
    assert found in client_of("alice", desk).get(address).content.decode()
    assert found in client_of("bob", desk).get(address).content.decode()
    for stranger in ("charlie", "dana"):
        assert newest.id not in client_of(stranger, desk).get(address).content.decode()
    charlies = client_of("charlie", desk).get(address).content.decode()
    assert "bicycle" in charlies
    assert "bicycle" not in client_of("alice", desk).get(address).content.decode()


@pytest.mark.parametrize("person", ["charlie", "dana", "nobody"])
def test_a_record_of_the_organisation_is_not_there_for_others(desk: Organization, person: str) -> None:
    with acting_as(user=str(desk.members.get(name="Bob").pk), organization=desk):
        row = threads.find_one()
    assert row is not None
    client = client_of(person, desk)
    response = client.get(reverse("collections_app:record", args=["threads", row.id]))
    never_was = client.get(
        reverse("collections_app:record", args=["threads", "01890000-0000-7000-8000-000000000000"])
    )
    assert response.status_code == never_was.status_code == (302 if person == "nobody" else 404)


def test_a_persons_switch_changes_their_own_table(desk: Organization) -> None:
    alice, bob = client_of("alice", desk), client_of("bob", desk)
    address = reverse("pages:overview")
    assert str(FEW_THREADS) not in counts(alice, address)
    alice.post(reverse("settings_app:setting", args=[show_closed.name]), {"value": "on"})
    assert str(FEW_THREADS) in counts(alice, address)
    assert str(FEW_THREADS) not in counts(bob, address)


def counts(client: Client, address: str) -> set[str]:
    """Every number that stands alone in a page's text."""
    return set(re.findall(r">\s*\(?(\d+)\)?\s*(?:records?|rows?)?\s*<", client.get(address).content.decode()))


def test_bob_may_not_change_what_is_the_organisations(desk: Organization) -> None:
    address = reverse("settings_app:setting", args=[daily_goal.name])
    assert client_of("bob", desk).post(address, {"value": "20"}).status_code == 403
    assert client_of("alice", desk).post(address, {"value": "20"}).status_code in (200, 302)
    html = client_of("bob", desk).get(reverse("pages:overview")).content.decode()
    assert "of 20" in html


@pytest.mark.parametrize("period", ["7d", "30d", "90d"])
def test_the_chart_has_one_point_for_each_day(desk: Organization, period: str) -> None:
    alice = client_of("alice", desk)
    series = alice.get("/data/thread_activity", {"period": period}).json()
    assert len(series) == int(period[:-1])
    if period == "90d":
        assert sum(day["opened"] for day in series) > 10
    assert alice.get(reverse("pages:overview"), {"period": period}).status_code == 200
    assert sum(day["opened"] for day in client_of("dana", desk).get("/data/thread_activity").json()) == 0


@pytest.mark.parametrize("period", ["", "1d", "30", "30d'--", "9" * 5000])
def test_another_period_is_refused_by_name(desk: Organization, period: str) -> None:
    response = client_of("alice", desk).get("/data/thread_activity", {"period": period})
    assert response.status_code == 400
    assert "period" in response.json()["fields"]


def test_the_level_of_service_follows_the_setting(desk: Organization) -> None:
    alice = client_of("alice", desk)
    usual = alice.get("/data/service_level", {"period": "90d"}).json()["ratio"]
    with acting_as(user=str(desk.members.get(name="Alice").pk), organization=desk):
        reply_within.set(0.5)
    strict = alice.get("/data/service_level", {"period": "90d"}).json()["ratio"]
    assert 0 <= strict < usual <= 1
    assert client_of("dana", desk).get("/data/service_level").json()["ratio"] is None


def test_the_packages_are_there_for_everybody_who_is_signed_in(desk: Organization) -> None:
    for person in seed.PEOPLE:
        html = client_of(person, desk).get(reverse("pages:package_list")).content.decode()
        assert str(FEW_PACKAGES) in html


def test_a_visitors_note_is_seen_by_this_browser_only(desk: Organization) -> None:
    visitor, other = client_of("nobody", desk), client_of("nobody", desk)
    visitor.post(reverse("collections_app:add", args=["notes"]), {"text": "Call the baker"})
    address = reverse("pages:note_list")
    assert "Call the baker" in visitor.get(address).content.decode()
    assert "Call the baker" not in other.get(address).content.decode()
    assert "Call the baker" not in client_of("alice", desk).get(address).content.decode()


# Widgets -------------------------------------------------------------------------------------------


def test_every_widget_stands_on_the_page_of_widgets() -> None:
    examples = [example for family in gallery.EXAMPLES.values() for example in family]
    shown = {type(widget) for example in examples for widget in walk(example())}
    missing = {name for name in ui.__all__ if getattr(ui, name) not in shown} - {"Page", "TableGroup"}
    assert not missing


def test_a_metric_of_the_gallery_is_an_average(desk: Organization) -> None:
    with acting_as(user=str(desk.members.get(name="Alice").pk), organization=desk):
        hours = [row["reply_hours"] for row in threads.all() if row["reply_hours"] is not None]
    html = client_of("alice", desk).get(reverse("pages:widgets")).content.decode()
    mean = re.search(r'id="metric-hours-until-answered".*?<data[^>]* value="([\d.]+)"', html, re.DOTALL)
    assert mean and float(mean[1]) == pytest.approx(sum(hours) / len(hours))


def test_each_example_stands_beside_the_lines_that_made_it(desk: Organization) -> None:
    html = client_of("alice", desk).get(reverse("pages:widgets")).content.decode()
    for family in gallery.EXAMPLES.values():
        for example in family:
            lines = gallery.Source(example).lines
            assert lines.startswith("ui.")
            assert "example_of" not in lines
    plain = re.sub(r"</?span[^>]*>", "", html)
    assert "ui.Text(&quot;&quot;&quot;Words as they are: &lt;b&gt;no markup&lt;/b&gt;" in plain


# The file that is the tutorial ---------------------------------------------------------------------


def test_the_declarations_are_read_in_a_few_minutes() -> None:
    text = (Path(seed.__file__).parent / "declarations.py").read_text()
    assert len(text.splitlines()) < 230
    layers = [
        "# 1. A collection, for",
        "# 2. A setting, for",
        "# 3. A data handler, for",
        "# 4. session.data, for",
    ]
    places = [text.index(sentence) for sentence in layers]
    assert places == sorted(places)


def test_the_four_scopes_and_the_types_of_setting_are_all_there() -> None:
    ours = [one.declaration for one in collections if one.declaration.module.startswith("demo.")]
    assert {declaration.scope for declaration in ours} == {"app", "owner", "user", "session"}
    settings = [setting for setting in settings_registry if setting.module.startswith("demo.")]
    assert {setting.type for setting in settings} == {bool, str, int, float}
    assert {setting.scope for setting in settings} == {"app", "owner", "user"}
    assert first_shown.options and desk_name.default


def test_a_problem_that_is_reported_stands_among_the_threads(desk: Organization) -> None:
    client = client_of("alice", desk)
    told = {"capsule-form": "form-problem", "subject": "No ink", "sender": "ana@example.com", "priority": "4"}
    huge = SimpleUploadedFile("p.png", b"x" * 1_000_001)
    assert client.post("/report-a-problem/", {**told, "attachment": huge}).status_code == 422
    small = SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n")
    assert client.post("/report-a-problem/", {**told, "attachment": small}).status_code == 302
    page = client.get("/report-a-problem/").content.decode()
    assert "Thank you." in page and "No ink" in page
