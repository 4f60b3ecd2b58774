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
from capsule_testing import Browser, NotShown, as_user, assert_only_visible_to, page
from collections_app.declaring import collections
from demo import gallery, seed
from demo.declarations import daily_goal, desk_name, first_shown, reply_within, show_closed, threads
from pages import ui
from pages.declarations import pages
from settings_app.declarations import settings_registry
from tests.demo.conftest import FEW_PACKAGES, FEW_THREADS, client_of, person
from tests.style_sheets import unstyled

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
    shown = [declared.name for declared in sorted(OURS, key=lambda one: one.order or 0)]
    assert shown == [*NAMES, *OF_STAFF]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", PEOPLE)
def test_a_page_is_shown_whole_or_asks_to_sign_in(desk: Organization, name: str, who: str) -> None:
    address = reverse(f"pages:{name}")
    shown = page(address, as_=person(who))
    if who == "nobody" and name not in PUBLIC:
        assert shown.url == f"{reverse('accounts:sign_in')}?next={address.replace('/', '%2F')}"
        return
    assert shown.status == 200 and not shown.failures
    assert "could not be shown" not in shown.html
    assert "style=" not in shown.html and unstyled(shown.html) == set()
    assert not re.search(r"\son[a-z]+=", shown.html)
    scripts = re.findall(r'<script src="([^"]+)"', shown.html)
    assert len(scripts) == len(set(scripts)), "each is loaded once"
    # Whoever is signed in sees everything; a visitor is offered to sign in, where there is something to see.
    asked = any("Sign in to see this" in one for one in shown.errors)
    assert asked == (who == "nobody" and name == "widgets")


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


@pytest.mark.parametrize("who", PEOPLE)
def test_the_sidebar_lists_what_a_person_may_open(desk: Organization, who: str) -> None:
    listed = page(reverse("pages:widgets"), as_=person(who)).sidebar
    for declared in OURS:
        expected = who == "dana" or declared.name not in OF_STAFF
        expected &= who != "nobody" or declared.name in PUBLIC
        assert (str(declared.label) in listed) == expected, declared.name


@pytest.mark.parametrize("name", ["start", "overview", "thread_list"])
def test_alice_and_bob_see_the_organisations_threads_and_charlie_none(
    alice: User, bob: User, name: str
) -> None:
    with as_user(alice):
        newest = threads.find({"status": {"$ne": "closed"}}, sort={"received": -1}, limit=1)[0]
    assert_only_visible_to(reverse(f"pages:{name}"), alice, bob, text=f"/collections/threads/{newest.id}")
    charlie = User.objects.get(name="Charlie")
    assert_only_visible_to(reverse(f"pages:{name}"), charlie, text="bicycle")


def test_a_record_of_the_organisation_is_not_there_for_others(alice: User, bob: User) -> None:
    with as_user(bob):
        row = threads.find_one()
    assert row is not None
    assert_only_visible_to(reverse("collections_app:record", args=["threads", row.id]), alice, bob)
    never_was = "01890000-0000-7000-8000-000000000000"
    assert_only_visible_to(reverse("collections_app:record", args=["threads", never_was]))


def test_a_persons_switch_changes_their_own_table(alice: User, bob: User) -> None:
    address = reverse("pages:overview")
    before = page(address, as_=alice)
    assert before.table("threads").count != str(FEW_THREADS)
    assert before.setting(show_closed.name).set(True).table("threads").count == str(FEW_THREADS)
    assert page(address, as_=bob).table("threads").count == before.table("threads").count


def test_a_thread_is_closed_and_assigned_from_its_row(alice: User, bob: User) -> None:
    row = page("/threads/", as_=alice).table("threads").filter(status="open").rows[0]
    assert row.button("Close").press().messages
    record = page(f"/collections/threads/{row.id}/", as_=bob)
    assert record.form("Save").values["status"] == "closed"
    asked = row.button("Assign").press()
    assert asked.status == 200 and asked.form("Assign").names
    with pytest.raises(NotShown, match="have no button 'Open'. There: 'Assign', 'Close'"):
        row.button("Open")


def test_bob_may_not_change_what_is_the_organisations(alice: User, bob: User) -> None:
    address = reverse("settings_app:setting", args=[daily_goal.name])
    with pytest.raises(NotShown, match="bob@example.com may not set 'daily_goal'"):
        page(address, as_=bob).setting().set(20)
    assert Browser(bob).post(address, {"value": "20"}).status == 403
    assert page(address, as_=alice).setting().set(20).status == 200
    assert page(reverse("pages:overview"), as_=bob).metric("Closed today").goal == "of 20"


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
    for who in seed.PEOPLE:
        shown = page(reverse("pages:package_list"), as_=person(who))
        assert shown.table("packages").count == str(FEW_PACKAGES)


def test_a_visitors_note_is_seen_by_this_browser_only(alice: User) -> None:
    address = reverse("pages:note_list")
    noted = page(address).table("notes").add(text="Call the baker")
    assert noted.table("notes").rows[0]["text"] == "Call the baker"
    assert_only_visible_to(address, text="Call the baker")


# Widgets -------------------------------------------------------------------------------------------


def test_every_widget_stands_on_the_page_of_widgets() -> None:
    examples = [example for family in gallery.EXAMPLES.values() for example in family]
    shown = {type(widget) for example in examples for widget in walk(example())}
    missing = {name for name in ui.__all__ if getattr(ui, name) not in shown} - {"Page", "TableGroup"}
    assert not missing


def test_a_metric_of_the_gallery_is_an_average(alice: User) -> None:
    with as_user(alice):
        hours = [row["reply_hours"] for row in threads.all() if row["reply_hours"] is not None]
    metric = page(reverse("pages:widgets"), as_=alice).metric("hours-until-answered")
    assert metric.value == pytest.approx(sum(hours) / len(hours))


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


def test_a_problem_that_is_reported_stands_among_the_threads(alice: User) -> None:
    form = page("/report-a-problem/", as_=alice).form("problem")
    form.fill(subject="No ink", sender="ana@example.com", priority=4)
    huge = SimpleUploadedFile("p.png", b"x" * 1_000_001)
    refused = form.fill(attachment=huge).submit()
    assert refused.status == 422 and "attachment" in refused.form("problem").errors
    small = SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n")
    told = form.fill(attachment=small).submit()
    assert "Thank you." in " ".join(told.messages) and "No ink" in told.text
