"""Controls of a page's parameters: what is chosen stands in the address, what cannot be is said beside it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from pages import ui
from tests.testapp.declared.pages import EVALUATED

pytestmark = [pytest.mark.django_db, pytest.mark.alike]  # no row is read or written

PAGE = "/test-controls/"
MARKED = re.compile(r'id="([a-z]+(?:-[a-z]+)*-\w+)" data-')


def shown(client: Client, query: str = "", status: int = 200) -> str:
    response = client.get(f"{PAGE}?{query}", headers={"Accept": "text/html"})
    assert response.status_code == status, response.content
    return unescape(response.content.decode())


def control(html: str, dom_id: str) -> str:
    return html.partition(f'<form id="{dom_id}"')[2].partition("</form>")[0]


def test_each_control_shows_the_value_and_what_may_be_chosen(client: Client) -> None:
    html = shown(client)
    assert "probe 1 False True ['new', 'open'] None None" in html
    assert "probe DateRange.named('last-7-days')" in html
    assert '<option value="7d" selected>7d</option>' in control(html, "select-period")
    assert 'placeholder="Any"' in control(html, "text-input-words")
    least = control(html, "number-input-least")
    assert 'type="number"' in least and 'min="1"' in least and 'max="9"' in least and 'step="1"' in least
    assert " checked" not in control(html, "toggle-late") and " checked" in control(html, "toggle-fresh")
    assert '<option value="" selected>Any plan</option>' in control(html, "select-plan")
    paid = re.findall(r"<option[^>]*>([^<]*)<", control(html, "select-paid"))
    assert paid == ["All", "Yes", "No"]
    several = control(html, "select-status")
    assert re.findall(r'value="(\w+)"[^>]*checked', several) == ["new", "open"]
    assert "<legend" in several and "Last 7 days" in control(html, "date-range-received")


def test_what_is_chosen_reaches_the_pages_function(client: Client) -> None:
    html = shown(
        client,
        "period=30d&words=a%20b&least=5&late=true&fresh=false&status=closed&plan=team&paid=false"
        "&received=2026-11-01&received=&tab=one",
    )
    assert "probe 30d a b" in html and "probe 5 True False ['closed'] Plan.TEAM False" in html
    assert "probe DateRange(datetime.date(2026, 11, 1), None)" in html
    assert '<option value="team" selected>' in control(html, "select-plan")
    assert 'value="a b"' in control(html, "text-input-words")
    assert "From 1 Nov 2026" in control(html, "date-range-received")


def test_a_plain_form_sends_off_and_none_of_several(client: Client) -> None:
    assert "probe 1 False True [] None" in shown(client, "status=")
    assert "probe 1 False True ['open']" in shown(client, "status=&status=open")
    assert "probe 1 False False" in shown(client, "fresh=false")
    assert "probe 1 False True" in shown(client, "fresh=false&fresh=true")
    hidden = re.compile(r'type="hidden" name="(\w+)" value="(\w*)"')
    html = shown(client, "period=30d")
    assert ("fresh", "false") in hidden.findall(control(html, "toggle-fresh"))
    assert ("late", "false") not in hidden.findall(control(html, "toggle-late"))
    assert ("period", "30d") in hidden.findall(control(html, "toggle-late")), "what others chose goes along"
    assert ("period", "30d") not in hidden.findall(control(html, "select-period"))
    assert "<noscript><button" in control(html, "select-period")


def test_an_own_label_is_shown_as_text(client: Client) -> None:
    html = client.get(PAGE).content.decode()
    assert "Brand &lt;new&gt;" in html and ">Fresh</span>" in html


@pytest.mark.parametrize(
    ("query", "dom_id", "typed", "why"),
    [
        ("least=99", "number-input-least", 'value="99"', "Use 9 or less."),
        ("least=", "number-input-least", 'value=""', "Use a whole number."),
        ("least=<b>", "number-input-least", 'value="<b>"', "Use a whole number."),
        ("words=a%FF", "text-input-words", 'value="a\ufffd"', "not readable text"),
        ("period=90d", "select-period", '<option value="90d" selected>90d (not offered)', "Use one of"),
        ("status=odd", "select-status", 'value="open"', "Use one of"),
        ("late=maybe", "toggle-late", 'value="true"', "Use true or false."),
        ("received=2026-11-30&received=2026-11-01", "date-range-received", "2026-11-30", "The first day is"),
        ("received=2026-11-30&received=soon", "date-range-received", 'value="2026-11-30"', "Use a date"),
        ("received=never", "date-range-received", "Any time", "last-7-days"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_kept_and_said_beside_its_control(
    client: Client, query: str, dom_id: str, typed: str, why: str
) -> None:
    html = shown(client, query, status=400)
    form = control(html, dom_id)
    assert typed in form and why in form.partition('role="alert"')[2]
    assert f'aria-describedby="{dom_id}-error"' in form and 'aria-invalid="true"' in form
    assert "probe one" not in html and "probe 7d" in html, "the rest is shown as without it"


def test_a_mistake_that_no_control_shows_and_one_of_a_program_is_the_error(client: Client) -> None:
    response = client.get(f"{PAGE}?least=99", headers={"Accept": "application/json"})
    assert response.status_code == 400 and response.json()["fields"] == {"least": ["Use 9 or less."]}
    assert "probe" not in client.get("/test-tabs/?shown=%00").content.decode()
    assert client.get("/test-tabs/?shown=%00").status_code == 400


def test_only_what_depends_on_it_is_drawn_again(client: Client) -> None:
    parts = dict(re.findall(r'id="([\w-]+)"[^>]*? data-digest="(\w+)"', client.get(PAGE).content.decode()))
    asked = " ".join(f"{quote(dom_id)}={digest}" for dom_id, digest in parts.items())
    headers = {"HX-Request": "true", "Capsule-Refresh": asked}
    before = EVALUATED.copy()
    html = client.get(f"{PAGE}?period=30d", headers=headers).content.decode()
    assert set(MARKED.findall(html)) == {"select-period", "probe-period"}
    assert EVALUATED - before == {"30d ": 1}
    html = client.get(f"{PAGE}?least=x", headers=headers).content.decode()
    assert set(MARKED.findall(html)) == {"number-input-least"}, "with why it cannot be"


def test_the_ways_to_a_named_range_keep_the_rest_of_the_address(client: Client) -> None:
    form = control(shown(client, "period=30d&received=last-30-days"), "date-range-received")
    assert 'href="?period=30d&received=this-month"' in form
    assert re.search(r'href="[^"]*received=last-30-days"[^>]*aria-current="true"', form)
    other = control(shown(client, "received=last-11-days"), "date-range-received")
    assert other.count("Last 11 days") == 2, "one that is not offered is, while it is chosen"


@pytest.mark.parametrize("made", [ui.Toggle, ui.TextInput, ui.NumberInput, ui.Select])
def test_a_control_shows_one_thing(made: Any) -> None:
    for given in ({}, {"setting": "test_motto", "param": "words"}):
        with pytest.raises(TypeError, match=f"ui.{made.__name__} shows a setting= or a param="):
            made("Words", **given)


def test_a_preset_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="last-7-days, or one of: today"):
        ui.DateRange(param="received", presets=["fortnight"])
    assert ui.DateRange(param="received", presets=["last-14-days"]).name == "received"
