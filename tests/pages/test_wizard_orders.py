"""Whatever is pressed in whatever order, in two tabs: nothing that was answered is lost or mixed up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, User
from conversations.models import Conversation
from tests.conftest import signed_in
from tests.pages.walking import Tab
from tests.testapp.declared.collections import papers
from tests.testapp.declared.wizards import FINISHED
from tests.together import together

ANSWERS: dict[str, list[dict[str, str]]] = {
    "who": [{"name": "Ana"}, {"name": "Ben", "since": "2026-01-02"}, {"name": ""}],
    "where": [{"country": "us"}, {"country": "fr", "news": "on"}, {"country": "nowhere"}],
    "extra": [{"number": "1.50"}, {"number": "many"}],
    "how-many": [{"count": "0"}, {"count": "2"}, {"count": "9"}],
    "people": [{"person": "Pat"}, {"person": ""}],
    "people-2": [{"person": "Sam"}],
    "papers": [{"note": "Words"}, {"note": ""}],
}
GO = ["next", "next", "next", "step:who", "step:where", "step:summary", "finish", "over"]
PRESSED = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(GO), st.integers(0, 2), st.booleans()),
    min_size=4,
    max_size=24,
)


def kept_by(person: User) -> dict[str, Any]:
    found = Conversation.objects.filter(user=person, key__startswith="wizard:").first()
    return {} if found is None else dict(found.session.get_decoded())


@pytest.mark.thorough
@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pressed=PRESSED)
def test_what_a_press_does_not_say_it_changes_stays(
    pressed: list[tuple[int, str, int, bool]], alice: User, acme: Organization
) -> None:
    """Each press changes the step that it was on and no other, unless it is refused: then nothing."""
    Conversation.objects.all().delete()
    papers.across_scopes().delete_many({}, confirm_all=True)
    client = signed_in(alice, acme)
    tabs = [Tab(client).open(), Tab(client).open()]
    for which, go, variant, looks in pressed:
        tab = tabs[which]
        if looks:
            tab.open()
        step, count, before = tab.step, papers.across_scopes().count(), kept_by(alice)
        if step == "done":
            tab.open()
            continue
        choices = ANSWERS.get(step, [{}])
        tab.send(go, **choices[variant % len(choices)])
        assert tab.status in (200, 409, 422)
        after = kept_by(alice)
        finished = papers.across_scopes().count() - count
        assert finished == (
            1 if step == "summary" and go == "finish" and tab.step == "done" and finished else 0
        )
        if go == "over" or finished or "done" in before or before.get("run") != after.get("run"):
            continue
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed <= {"at", f"step:{step}"}, (step, go, changed)
        if tab.status == 409:
            assert not changed


@pytest.mark.django_db(transaction=True)
def test_five_submits_at_once_make_one_record(alice: User, acme: Organization) -> None:
    FINISHED.clear()
    tab = Tab(signed_in(alice, acme)).open()
    for answers in ({"name": "Ana"}, {"country": "us"}, {"count": "1"}, {"person": "Pat"}, {"note": "Words"}):
        tab.send(**answers)
    answers_at_once: list[Any] = []

    def submit(n: int) -> None:
        mine = Tab(signed_in(alice, acme), html=tab.html)  # each from a device of its own
        mine.send("finish")
        answers_at_once.append((mine.status, mine.step, f"{rows()[0].id}" in mine.text))

    together(5, submit)
    assert answers_at_once == [(200, "done", True)] * 5
    assert len(rows()) == 1 and FINISHED == {"Ana": 1}


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_keep_both_answers(alice: User, acme: Organization) -> None:
    tab = Tab(signed_in(alice, acme)).open()
    for answers in ({"name": "Ana"}, {"country": "us"}, {"count": "0"}, {"note": "Words"}):
        tab.send(**answers)
    tabs = [Tab(tab.client).open(f"/test-wizard/?step={step}") for step in ("who", "where", "papers")]
    changes = [{"name": "Ben"}, {"country": "us", "news": "on"}, {"note": "Others"}]

    def send(n: int) -> None:
        client = signed_in(alice, acme)
        Tab(client, html=tabs[n].html).send(**changes[n])

    together(3, send)
    summary = Tab(tab.client).open("/test-wizard/?step=summary").text
    assert "Ben" in summary and "<dd>Yes</dd>" in summary and "Others" in summary


def rows() -> list[Any]:
    return list(papers.across_scopes().all())
