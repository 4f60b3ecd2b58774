from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.html import parse_html
from django.utils import timezone, translation

from accounts import fields
from accounts.fields import TimeZoneSelect
from accounts.middleware import PreferencesMiddleware
from accounts.models import User
from accounts.time_zones import time_zone_choices, zone_of

PROFILE = {"name": "Alicia", "time_zone": "Europe/Berlin", "language": "en-gb", "theme": "dark"}


def test_it_shows_and_saves(alice_client: Client, alice: User) -> None:
    html = alice_client.get("/account/").content.decode()
    assert "alice@example.com" in html
    assert '<option value="UTC" selected>' in html
    assert alice_client.post("/account/", PROFILE)["Location"] == "/account/"
    fresh = User.objects.get(pk=alice.pk)
    kept = (fresh.name, fresh.time_zone, fresh.language, fresh.theme, fresh.time_zone_known)
    assert kept == ("Alicia", "Europe/Berlin", "en-gb", "dark", True)


def test_a_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/account/")["Location"] == "/sign-in/?next=%2Faccount%2F"
    assert client.post("/account/", PROFILE).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"time_zone": "Mars/Olympus"}, {"language": "tlh"}, {"theme": "neon"}]
)
def test_what_is_wrong_comes_back_and_saves_nothing(
    alice_client: Client, alice: User, wrong: dict[str, str]
) -> None:
    response = alice_client.post("/account/", {**PROFILE, **wrong})
    assert response.status_code == 422
    assert "invalid-feedback" in response.content.decode()
    assert User.objects.get(pk=alice.pk).name == "Alice"


def test_nothing_else_can_be_set(alice_client: Client, alice: User) -> None:
    extra = {"email": "x@example.com", "is_staff": "on", "is_superuser": "on", "session_version": "9"}
    alice_client.post("/account/", {**PROFILE, **extra})
    fresh = User.objects.get(pk=alice.pk)
    assert (fresh.email, fresh.is_staff, fresh.session_version) == ("alice@example.com", False, 1)


# The browser's time zone


def test_the_browser_tells_the_zone_once(alice_client: Client, alice: User) -> None:
    assert alice_client.post("/account/time-zone/", {"time_zone": "Asia/Tokyo"}).status_code == 204
    assert alice_client.post("/account/time-zone/", {"time_zone": "Europe/Paris"}).status_code == 204
    assert User.objects.get(pk=alice.pk).time_zone == "Asia/Tokyo"


def test_the_browser_does_not_overrule_the_person(alice_client: Client, alice: User) -> None:
    alice_client.post("/account/", PROFILE)
    alice_client.post("/account/time-zone/", {"time_zone": "Asia/Tokyo"})
    assert User.objects.get(pk=alice.pk).time_zone == "Europe/Berlin"


def test_saving_something_else_does_not_settle_the_zone(alice_client: Client, alice: User) -> None:
    alice_client.post("/account/", {**PROFILE, "time_zone": "UTC"})
    assert not User.objects.get(pk=alice.pk).time_zone_known


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "\0", "Europe", "x" * 1_000_000])
def test_a_zone_that_is_none_is_refused(alice_client: Client, alice: User, zone: str) -> None:
    response = alice_client.post(
        "/account/time-zone/", {"time_zone": zone}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 400
    assert list(response.json()["fields"]) == ["time_zone"]
    assert User.objects.get(pk=alice.pk).time_zone == "UTC"


def test_a_visitor_has_no_zone_to_set(client: Client, db: None) -> None:
    assert client.post("/account/time-zone/", {"time_zone": "Asia/Tokyo"}).status_code == 401


def test_every_zone_on_offer_is_one() -> None:
    names = [name for _region, zones in time_zone_choices() for name, _label in zones]
    assert len(names) == len(set(names)) > 400
    assert all(isinstance(zone_of(name), ZoneInfo) for name in names)


@pytest.mark.parametrize("language", ["en-gb", "de"])
@pytest.mark.parametrize("chosen", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "GMT+0"])
def test_the_zones_are_the_options_that_django_would_draw(chosen: str, language: str) -> None:
    with translation.override(language):
        usual = forms.Select(choices=time_zone_choices())
        assert_same(usual, chosen, chosen)


@pytest.mark.parametrize("chosen", ["Mars/Olympus", "", None, '"><b>', "Europe"])
def test_a_zone_that_there_is_not_is_no_other(chosen: str | None) -> None:
    with translation.override("de"):
        usual = forms.Select(choices=[("", "—"), *time_zone_choices()])
        assert_same(usual, "", chosen)


def assert_same(usual: forms.Select, theirs: str, ours: str | None) -> None:
    attrs = {"id": "id_zone", "class": "form-select", "required": True, "disabled": False}
    drawn = TimeZoneSelect().render("zone", ours, attrs)
    assert parse_html(drawn) == parse_html(usual.render("zone", theirs, attrs))


def test_the_zones_are_drawn_once_in_each_language(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = alice_client.get("/account/").content.decode()
    monkeypatch.setattr(fields, "format_html_join", lambda *args: pytest.fail("the zones are drawn again"))
    again = alice_client.get("/account/").content.decode()
    assert again.count("<option") == first.count("<option") > 400


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../x", "Europe", "\0"])
def test_a_zone_that_is_unknown_counts_as_utc(name: str) -> None:
    assert str(zone_of(name)) == "UTC"


# Theme


def test_the_theme_is_kept_in_the_account(alice_client: Client, alice: User) -> None:
    response = alice_client.post("/account/theme/", {"theme": "dark", "next": "/account/"})
    assert response["Location"] == "/account/"
    assert User.objects.get(pk=alice.pk).theme == "dark"
    assert 'data-bs-theme="dark"' in alice_client.get("/account/").content.decode()


def test_a_visitors_theme_is_kept_in_a_cookie(client: Client, db: None) -> None:
    client.post("/account/theme/", {"theme": "dark"})
    assert client.cookies["theme"].value == "dark"
    assert client.cookies["theme"]["httponly"]
    assert 'data-bs-theme="dark"' in client.get("/sign-in/").content.decode()


def test_htmx_gets_an_empty_answer(alice_client: Client) -> None:
    response = alice_client.post("/account/theme/", {"theme": "light"}, headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("theme", ["", "neon", "\0", "dark; Path=/"])
def test_a_theme_that_is_none_is_refused(client: Client, db: None, theme: str) -> None:
    assert client.post("/account/theme/", {"theme": theme}).status_code == 400
    assert "theme" not in client.cookies


# Language and time zone in force


def seen_by(user: User | None, **headers: str) -> tuple[str, str, HttpResponse]:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([translation.get_language(), timezone.get_current_timezone_name()])
        return HttpResponse()

    request = RequestFactory().get("/", headers=headers)
    request.user = user or AnonymousUser()
    response = PreferencesMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return seen[0], seen[1], response


def test_a_person_gets_their_own() -> None:
    language, zone, response = seen_by(User(language="en-gb", time_zone="Asia/Tokyo"))
    assert (language, zone) == ("en-gb", "Asia/Tokyo")
    assert response["Content-Language"] == "en-gb"
    assert translation.get_language() == "en"


def test_a_visitor_gets_their_browsers_language() -> None:
    language, zone, response = seen_by(None, **{"Accept-Language": "en-GB,en;q=0.5"})
    assert (language, zone) == ("en-gb", "UTC")
    assert "Accept-Language" in response["Vary"]


def test_whose_zone_nobody_has_told_has_the_sites(settings: LazySettings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert seen_by(User())[1] == seen_by(None)[1] == "Europe/Berlin"
    assert seen_by(User(time_zone_known=True))[1] == "UTC"  # which is what they chose


def test_what_is_not_known_any_more_falls_back() -> None:
    language, zone, _response = seen_by(User(language="tlh", time_zone="Mars/Olympus"))
    assert (language, zone) == ("en", "UTC")
