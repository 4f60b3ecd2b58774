"""The controls as a page's widgets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Organization, User
from capsule import Identity, NotDeclared, ScopeError, acting_as
from capsule.widgets import Widget
from pages.ui import SettingsPanel
from pages.ui.settings import NumberInput, Select, Setting, TextInput, Toggle
from tests.testapp.declared.settings import (
    columns,
    density,
    font_size,
    greeting,
    motto,
    ratio,
    show_closed,
    staff_only,
)


@pytest.fixture
def request_of_page(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/overview/?period=30d")
    request.user = AnonymousUser()
    return request


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def by_id(self, wanted: str) -> dict[str, str | None]:
        (attributes,) = [attributes for _tag, attributes in self.found if attributes.get("id") == wanted]
        return attributes


WIDGETS: list[tuple[Widget, str]] = [
    (Toggle(setting=show_closed), "toggle-test_show_closed"),
    (TextInput(setting=motto), "text-input-test_motto"),
    (TextInput(setting=greeting), "text-input-test_greeting"),
    (NumberInput(setting=font_size), "number-input-test_font_size"),
    (NumberInput(setting=ratio), "number-input-test_ratio"),
    (Select(setting=density), "select-test_density"),
    (Select(setting=columns), "select-test_columns"),
    (NumberInput(setting=columns), "number-input-test_columns"),
    (Toggle("Closed", setting="test_show_closed", key="second"), "toggle-second"),
    (Setting(show_closed), "setting-test_show_closed"),
    (Setting("test_density"), "setting-test_density"),
]


@pytest.mark.parametrize(("widget", "dom_id"), WIDGETS, ids=[dom_id for _widget, dom_id in WIDGETS])
def test_a_control_is_one_labelled_element(
    alice: User, request_of_page: HttpRequest, widget: Any, dom_id: str
) -> None:
    with acting_as(user=alice):
        html = widget.render(request_of_page)
    elements = Elements(html)
    assert widget.dom_id == dom_id
    assert elements.found[0][0] == "form"
    form = elements.by_id(dom_id)
    assert form["method"] == "post"
    assert form["action"] == form["hx-post"] == f"/settings/{widget.setting}/"
    assert (form["hx-target"], form["hx-swap"]) == ("this", "outerMorph")
    entry = elements.by_id(f"{dom_id}-input")
    assert entry["name"] == "value"
    described = (entry.get("aria-describedby") or "").split()
    ids = {attributes.get("id") for _tag, attributes in elements.found}
    assert set(described) <= ids
    labelled = any(attributes.get("for") == f"{dom_id}-input" for _tag, attributes in elements.found)
    assert labelled or "form-check-label" in html
    assert elements.by_id(f"{dom_id}-status")["role"] == "status"
    assert "noscript" in [tag for tag, _attributes in elements.found]
    hidden = {a["name"]: a["value"] for tag, a in elements.found if a.get("type") == "hidden" and "name" in a}
    assert hidden["next"] == "/overview/?period=30d"
    assert hidden["csrfmiddlewaretoken"]
    assert " style=" not in html
    assert not any(name.startswith("on") for _tag, attributes in elements.found for name in attributes)


def test_a_toggle_shows_its_state(alice: User, request_of_page: HttpRequest) -> None:
    with acting_as(user=alice):
        assert " checked" not in Toggle(setting=show_closed).render(request_of_page)
        show_closed.set(True)
        assert " checked" in Toggle(setting=show_closed).render(request_of_page)


def test_a_label_of_the_page_replaces_the_settings(alice: User, request_of_page: HttpRequest) -> None:
    with acting_as(user=alice):
        assert ">Show closed threads<" in Toggle(setting=show_closed).render(request_of_page)
        html = Toggle("Closed <b>too</b>", setting=show_closed).render(request_of_page)
    assert "Closed &lt;b&gt;too&lt;/b&gt;" in html
    assert "Show closed threads" not in html


def test_number_range_and_unit_are_shown_and_said(alice: User, request_of_page: HttpRequest) -> None:
    with acting_as(user=alice):
        html = NumberInput(setting=font_size).render(request_of_page)
        least = NumberInput(setting=ratio).render(request_of_page)
    entry = Elements(html).by_id("number-input-test_font_size-input")
    assert (entry["type"], entry["min"], entry["max"], entry["step"]) == ("number", "8", "32", "2")
    assert entry["aria-describedby"] == "number-input-test_font_size-help number-input-test_font_size-range"
    assert ">px</span>" in html
    assert ' min="0" max="1"' in least
    assert ' step="any"' in least


def test_several_lines_keep_their_first_empty_one(
    alice: User, acme: Organization, request_of_page: HttpRequest
) -> None:
    with acting_as(user=alice, organization=acme):
        greeting.set("\nsecond")
        html = TextInput(setting=greeting).render(request_of_page)
    assert ">\n\nsecond</textarea>" in html  # a browser drops the first line end
    assert 'placeholder="Dear all"' in html


def test_a_member_sees_it_disabled_with_the_reason(
    bob: User, acme: Organization, request_of_page: HttpRequest
) -> None:
    with acting_as(user=bob, organization=acme):
        html = TextInput(setting=greeting).render(request_of_page)
    elements = Elements(html)
    entry = elements.by_id("text-input-test_greeting-input")
    assert "disabled" in entry
    assert entry["aria-describedby"] == "text-input-test_greeting-reason"
    assert "Only admins of the organisation may change this." in html
    assert "hx-post" not in html
    assert "noscript" not in html


def test_without_permission_or_sign_in_it_does_not_render(bob: User, request_of_page: HttpRequest) -> None:
    with acting_as(user=bob), pytest.raises(PermissionDenied):
        TextInput(setting=staff_only).render(request_of_page)
    for widget in (TextInput(setting=staff_only), Toggle(setting=show_closed), Setting(greeting)):
        with acting_as(Identity()), pytest.raises(ScopeError):
            widget.render(request_of_page)


def test_the_same_widget_is_another_persons_value(
    alice: User, bob: User, request_of_page: HttpRequest
) -> None:
    widget = NumberInput(setting=font_size)
    with acting_as(user=alice):
        font_size.set(20)
        assert 'value="20"' in widget.render(request_of_page)
    with acting_as(user=bob):
        assert 'value="14"' in widget.render(request_of_page)


@pytest.mark.parametrize("kind", [Toggle, TextInput, NumberInput, Select])
def test_an_unknown_name_is_an_error_with_a_hint(kind: Any, request_of_page: HttpRequest) -> None:
    with pytest.raises(NotDeclared, match="Did you mean 'test_font_size'"):
        kind(setting="test_fontsize").render(request_of_page)
    with pytest.raises(NotDeclared, match="Did you mean 'test_font_size'"):
        Setting("test_fontsize").render(request_of_page)


@pytest.mark.parametrize(
    ("kind", "declared", "fitting"),
    [
        (Toggle, font_size, "ui.NumberInput, ui.Setting"),
        (Toggle, motto, "ui.TextInput, ui.Setting"),
        (NumberInput, show_closed, "ui.Toggle, ui.Setting"),
        (NumberInput, density, "ui.Select, ui.TextInput, ui.Setting"),
        (TextInput, ratio, "ui.NumberInput, ui.Setting"),
        (Select, motto, "which has no options="),
    ],
)
def test_a_control_that_cannot_show_it_names_those_that_can(kind: Any, declared: Any, fitting: str) -> None:
    with pytest.raises(TypeError, match=declared.name) as refusal:
        kind(setting=declared)
    assert fitting in str(refusal.value)


def test_the_label_stands_first_and_the_rest_is_named() -> None:
    assert Toggle("Closed", setting=show_closed).label == "Closed"
    with pytest.raises(TypeError):
        Toggle("Closed", show_closed)  # type: ignore[call-arg, arg-type]
    with pytest.raises(TypeError):
        Toggle("Closed")


def test_its_stylesheet_exists() -> None:
    for style in Toggle.styles:
        assert finders.find(style)


# Several at once ----------------------------------------------------------------------------------------


def test_a_panel_holds_what_the_person_may_see_of_its_section(
    alice: User, dana: User, request_of_page: HttpRequest
) -> None:
    request_of_page.__dict__["request_id"] = "the-id"
    with acting_as(user=alice):
        html = SettingsPanel("Display").render(request_of_page)
        every = SettingsPanel().render(request_of_page)
    assert re.findall(r'<form id="([^"]+)"', html) == [
        "setting-display-test_font_size", "setting-display-test_density", "setting-display-test_theme",
    ]  # fmt: skip
    assert ">Display</h2>" in html and 'id="settings-panel-display"' in html
    assert "setting-all-test_density" in every
    assert "test_staff_only" not in every and "table_columns" not in every


def test_a_panel_of_nothing_says_so_and_one_of_no_section_asks_which_was_meant(
    request_of_page: HttpRequest,
) -> None:
    with acting_as(Identity()):
        assert "Sign in to see what you can set." in SettingsPanel("Display").render(request_of_page)
        with pytest.raises(NotDeclared, match="Did you mean 'Display'"):
            SettingsPanel("Displays").render(request_of_page)
