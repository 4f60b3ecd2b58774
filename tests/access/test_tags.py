"""The template tags, as each of the six: each draws what is the person's own, or says why not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from capsule import acting_as
from pages import ui
from pages.templatetags.capsule import register
from tests.access.people import NOBODY, WHO, World, marker
from tests.access.rules import OWN, Thing
from tests.testapp.declared.collections import bookmarks, staff_only, threads

pytestmark = pytest.mark.django_db

# Draws what it is given, and asks for nothing itself.
GIVEN = {
    "icon", "field_control", "option_control", "control_kind", "problems", "keep", "remember", "undo_address",
    "scripts_of_every_page", "capsule_head", "capsule_body", "capsule_foot", "page_marks", "inspector",
}  # fmt: skip
# Those that read: each as a template writes it, and for whom it is. ``own`` shows what is marked as theirs.
READING = {
    "table": ("{% table threads %}{% table bookmarks %}", "authenticated", True),
    "metric": ('{% metric "Open" threads %}', "authenticated", False),
    "chart": ('{% chart "activity" x="day" y="opened" %}', "authenticated", False),
    "setting": ('{% setting "test_motto" %}', "authenticated", True),
    "form": ("{% form 'test_bookmarks' %}", "authenticated", False),
    "button": ('{% button "Ping" "test_ping" %}', "authenticated", False),
    "chat": ('{% chat "test-helper" %}', "authenticated", False),
    "widget": ("{% widget shown %}", "authenticated", True),
}
SIGN_IN = "Sign in to"


def test_every_tag_is_tried() -> None:
    known = GIVEN | READING.keys()
    missing = (register.tags.keys() | register.filters.keys()) - known
    gone = known - (register.tags.keys() | register.filters.keys())
    assert not missing, f"Say in {__file__}, in GIVEN or READING, what {missing} draws, and for whom."
    assert not gone, f"There are no such tags any more: {gone}"


@pytest.mark.parametrize("tag", sorted(READING))
def test_a_tag_draws_what_is_ones_own(world: World, tag: str) -> None:
    template, access, shows_own = READING[tag]
    for who in WHO:
        html = _drawn(world, who, template)
        found = [word for word in world.foreign_markers(who) if word in html]
        assert not found, f"{template} shows {who} the words of others: {found}"
        answer = OWN(world, who, Thing(access=access))
        assert (SIGN_IN in html) == (answer == "sign in"), f"{template} as {who}: {html[:400]}"
        if shows_own and answer == "yes":
            assert marker(who) in html, f"{template} does not show {who} their own: {html[:400]}"


def test_a_table_for_staff_says_so_to_others(world: World) -> None:
    for who in WHO:
        html = _drawn(world, who, "{% table staff_only %}")
        said = {
            "sign in": SIGN_IN,
            "forbidden": "do not have permission",
            "yes": "Everybody's who may come in",
        }
        assert said[OWN(world, who, Thing(access="staff"))] in html.replace("&#x27;", "'"), (who, html[:400])


def _drawn(world: World, who: str, template: str) -> str:
    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser() if who == NOBODY else world.people[who]
    identity = request.identity = world.identities[who]  # type: ignore[attr-defined]
    request.request_id = "the-id"  # type: ignore[attr-defined]
    given = {
        "threads": threads,
        "bookmarks": bookmarks,
        "staff_only": staff_only,
        "shown": ui.Table(bookmarks),
    }
    with acting_as(identity):
        return str(Template("{% load capsule %}" + template).render(Context({"request": request, **given})))
