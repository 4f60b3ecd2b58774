"""Metrics, charts, settings, parameters, forms and buttons of a page."""

from __future__ import annotations

import pytest

from accounts.models import Organization, User
from capsule import PageRequest
from capsule_testing import Browser, Page, as_user, declared, page
from handlers import action, data
from pages import page as declared_page
from pages import ui
from settings_app import setting
from settings_app.declarations import settings_registry
from tests.capsule_testing.test_pages import refused


def shown(person: User | None, *widgets: object) -> Page:
    """A page of these widgets, for one test."""

    def for_a_test(request: PageRequest, period: str = "7d") -> ui.Page:
        return ui.Page(list(widgets))  # type: ignore[arg-type]

    with declared(declared_page("For a test", access="public"), for_a_test):
        return page("/for-a-test/", as_=person)


@pytest.mark.django_db
def test_a_metric_has_its_number_and_its_words() -> None:
    seen = shown(
        None,
        ui.Metric("Answered in time", value=0.876, format="percent", target=0.9),
        ui.Metric("Open", value=5, delta=3, link="/test-public/"),
        ui.Metric("Unknown", value=None),
    )
    answered, opened = seen.metric("Answered in time"), seen.metric("open")
    assert (answered.value, answered.text) == (0.876, "87.6%") and "90%" in answered.goal
    assert (opened.value, opened.label) == (5, "Open") and opened.change.startswith("up by 3")
    assert opened.open().title == "Test public"
    assert seen.metric("Unknown").value is None
    with refused("leads nowhere"):
        answered.open()
    with refused("no metric 'Opened'", "Did you mean 'open'?", "There: 'answered-in-time', 'open'"):
        seen.metric("Opened")
    with refused("has 3 of these: say which metric", "'open'"):
        seen.metric()


@pytest.mark.django_db
def test_a_chart_has_its_series() -> None:
    rows = [{"day": "Mon", "opened": 1, "closed": 2}, {"day": "Tue", "opened": 4, "closed": None}]
    seen = shown(None, ui.Chart(rows, x="day", y=["opened", "closed"], title="Work", key="work"))
    chart = seen.chart("Work")
    assert chart.series == {"Opened": [1, 4], "Closed": [2, None]}
    assert (chart.x, chart.type, chart.is_empty) == (["Mon", "Tue"], "line", False)
    empty = shown(None, ui.Chart([], x="day", y="opened", key="work"))
    assert empty.chart("work").is_empty and empty.chart().series == {}
    with refused("no chart 'workload' on /for-a-test/", "There: 'work'"):
        seen.chart("workload")


def test_a_setting_is_set_reset_and_refused(alice: User, bob: User) -> None:
    with declared(setting, "hours", scope="owner", default=8, min=1, max=24, label="Hours") as hours:
        control = shown(alice, ui.Setting(hours)).setting("Hours")
        assert (control.name, control.value, control.reason) == ("hours", 8, "")
        control.page.post("/settings/hours/", {"value": "9"})
        with as_user(bob):
            assert hours.get() == 9
        with refused("bob@example.com may not set 'hours'"):
            shown(bob, ui.Setting(hours)).setting("hours").set(10)
        wrong = page("/settings/hours/", as_=alice).setting().set(25)
        assert wrong.status == 422 and wrong.setting().value == 25 and "24" in wrong.errors[0]
        assert page("/settings/hours/", as_=alice).setting().reset().setting().value == 8
        with refused("no value of its own to reset"):
            page("/settings/hours/", as_=alice).setting().reset()
    assert "hours" not in settings_registry


def test_each_kind_of_control_is_read_and_set(alice: User) -> None:
    options = {"a": "First", "b": "Second"}
    kinds: list[tuple[object, object, dict[str, object]]] = [(True, False, {}), (1.5, 2.25, {})]
    kinds += [("", "two\nlines", {"multiline": True}), ("a", "b", {"options": options})]
    for default, other, more in kinds:
        with declared(setting, "kit", scope="user", default=default, **more) as kit:  # type: ignore[arg-type]
            control = page("/settings/kit/", as_=alice).setting("kit")
            assert control.value == default
            assert control.set(other).setting("kit").value == other
            with as_user(alice):
                assert kit.get() == other
    with declared(setting, "kit", scope="user", default="a", options=options):
        control = page("/settings/kit/", as_=alice).setting()
        assert control.options == options
        assert control.set("First").setting().value == "a"
        with refused("'c' cannot be chosen in 'value'", "There: 'a', 'b'"):
            control.set("c")


@pytest.mark.django_db
def test_a_parameter_changes_the_address() -> None:
    def report(request: PageRequest, late: bool = False, words: str = "") -> ui.Page:
        return ui.Page(
            [ui.Toggle("Late", param="late"), ui.TextInput("Words", param="words"), f"{late} {words}"]
        )

    with declared(declared_page("Report", access="public"), report):
        seen = page("/report/?words=lamp")
        assert (seen.param("late").value, seen.param("words").value) == (False, "lamp")
        late = seen.param("late").set(True)
        assert "True lamp" in late.text and late.param("late").value is True
        assert "True door" in late.param("words").set("door").text
        with refused("no parameter 'word'", "Did you mean 'words'?"):
            seen.param("word")


def test_a_button_does_its_action_and_says_what_it_said(alice: User, acme: Organization) -> None:
    done: list[str] = []

    def tidy() -> str:
        done.append("tidied")
        return "All is tidy."

    with declared(action("tidy"), tidy) as it:

        def room(request: PageRequest) -> ui.Page:
            return ui.Page([ui.Button("Tidy", action=it), ui.Button("Away", href="/test-public/")])

        with declared(declared_page("Room"), room):
            seen = page("/room/", as_=alice)
            assert seen.button("Tidy").press().messages == ["All is tidy."]
            assert done == ["tidied"]
            assert seen.button("Away").press().title == "Test public"
            with refused("no button 'Tidier'", "Did you mean 'Tidy'?"):
                seen.button("Tidier")


def test_a_form_is_filled_by_name_or_label(alice: User) -> None:
    form = Browser(alice).open("/collections/test_threads/add/").form("Add")
    assert form.names[:3] == ["subject", "sender", "status"]
    assert form.options("status")["open"] == "open" and form.values["status"] == "new"
    with refused("has no field 'subjekt'", "Did you mean 'subject'?"):
        form.fill(subjekt="x")
    with refused("'lost' cannot be chosen in 'status'"):
        form.fill(status="lost")
    with refused("has no button 'Save'", "There: 'Add'"):
        form.submit("Save")
    assert form.fill({"Subject": "A kettle"}, status="open").values["subject"] == "A kettle"
    assert "A kettle" in form.submit("Add").text


def test_a_handler_is_declared_for_one_test(alice: User) -> None:
    def seven() -> int:
        return 7

    with declared(data("seven"), seven) as source:
        assert shown(alice, ui.Metric("Seven", source)).metric("Seven").value == 7
