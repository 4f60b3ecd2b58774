"""A setting that inherits: set in several scopes, and the nearest holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Membership, Organization, Role, User
from capsule import Identity, acting_as
from capsule.errors import NotDeclared, ScopeError
from capsule.scopes import Scope
from settings_app import settings as by_name
from settings_app.access import editable_layers, why_not_editable
from settings_app.values import remembering, value_at
from tests.testapp.declared.settings import agent, font_size, theme, tone

pytestmark = pytest.mark.django_db

THEMES = ["system", "light", "dark"]


def test_the_nearest_value_holds(alice: User, bob: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        assert (theme.get(), theme.origin().layer) == ("system", "default")
        theme.set("light", scope="app")
        assert (theme.get(), theme.origin().layer) == ("light", "app")
        theme.set("dark", scope="owner")
        assert (theme.get(), theme.origin().layer) == ("dark", "owner")
        theme.set("system")
        origin = theme.origin()
        assert (theme.get(), origin.layer, origin.set_by) == ("system", "user", str(alice.pk))
        assert origin.set_at is not None
        assert value_at(theme, "owner") == "dark"
    with acting_as(user=bob, organization=acme):
        assert theme.get() == "dark"
    with acting_as(user=bob):
        assert theme.get() == "light"
    with acting_as(user=alice, organization=acme):
        theme.reset()
        assert theme.get() == "dark"
        theme.reset(scope="owner")
        theme.reset(scope="app")
        assert (theme.get(), theme.origin().is_set) == ("system", False)


def test_a_conversation_inherits_from_its_person_and_a_visitor_from_the_site(alice: User) -> None:
    with acting_as(user=alice, session="7"):
        tone.set("warm", scope="user")
        assert tone.get() == "warm"
        tone.set("dry")
        assert tone.get() == "dry"
    with acting_as(user=alice, session="8"):
        assert tone.get() == "warm"
    tone_of_the_site = "kind"
    with acting_as(user=alice):
        tone.set(tone_of_the_site, scope="app")
    with acting_as(Identity(session_id="9")):
        assert tone.get() == tone_of_the_site
    with acting_as(Identity()):
        assert (tone.get(), theme.get()) == (tone_of_the_site, "system")
        with pytest.raises(ScopeError):
            theme.set("dark")


def test_a_scope_that_the_setting_does_not_have_is_refused(alice: User) -> None:
    with acting_as(user=alice):
        with pytest.raises(ValueError, match="may be set in: user, owner, app"):
            theme.set("dark", scope="session")
        with pytest.raises(ValueError, match="inherit=True"):
            font_size.set(20, scope="app")
        with pytest.raises(ValueError, match="may be set in: user"):
            font_size.reset(scope="owner")


def test_without_an_organisation_the_owner_is_the_person(alice: User) -> None:
    with acting_as(user=alice):
        theme.set("dark", scope="owner")
        assert theme.origin().layer == "user"
        theme.reset()
        assert theme.get() == "system"


def test_a_value_that_no_longer_fits_gives_way_to_the_next(alice: User, acme: Organization) -> None:
    with acting_as(user=alice, organization=acme):
        theme.set("dark", scope="owner")
        object.__setattr__(theme, "options", {"system": "", "light": "", "dark": "", "blue": ""})
        try:
            theme.set("blue")
        finally:
            object.__setattr__(theme, "options", dict.fromkeys(THEMES, ""))
        assert (theme.get(), theme.origin().layer) == ("dark", "owner")


def test_who_may_set_which_layer(alice: User, bob: User, dana: User, acme: Organization) -> None:
    admin, member = Identity.of(alice, acme), Identity.of(bob, acme)
    assert Membership.objects.get(user=alice, organization=acme).role == Role.ADMIN
    assert editable_layers(theme, admin) == ["user", "owner"]
    assert editable_layers(theme, member) == ["user"]
    assert editable_layers(theme, Identity.of(bob)) == ["user"]
    assert editable_layers(theme, Identity.of(dana)) == ["user", "app"]
    assert editable_layers(theme, Identity()) == []
    assert "admins" in why_not_editable(theme, member, "owner")
    assert "staff" in why_not_editable(theme, admin, "app")
    assert why_not_editable(theme, admin, "session")


@contextmanager
def as_in_a_request(remembered: bool) -> Iterator[None]:
    if remembered:
        with remembering():
            yield
    else:
        yield


LAYERS: list[Scope] = ["user", "owner", "app"]
steps = st.lists(
    st.tuples(st.sampled_from(LAYERS), st.sampled_from([*THEMES, None]), st.booleans()),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps, st.booleans())
def test_it_is_always_the_nearest_of_what_was_set(
    alice: User, acme: Organization, done: list[tuple[Scope, str | None, bool]], remembered: bool
) -> None:
    expected: dict[Scope, str] = {}
    for layer in LAYERS:
        with acting_as(user=alice, organization=acme):
            theme.reset(scope=layer)
    with as_in_a_request(remembered):
        for layer, value, in_acme in done:
            at: Scope = "user" if layer == "owner" and not in_acme else layer
            with acting_as(user=alice, organization=acme if in_acme else None):
                if value is None:
                    theme.reset(scope=layer)
                    expected.pop(at, None)
                else:
                    theme.set(value, scope=layer)
                    expected[at] = value
            for inside in (True, False):
                with acting_as(user=alice, organization=acme if inside else None):
                    nearest = [one for one in LAYERS if one in expected and (inside or one != "owner")]
                    assert theme.get() == (expected[nearest[0]] if nearest else "system")


def test_options_that_a_function_gives(alice: User) -> None:
    with acting_as(user=alice):
        assert agent.get() == ""
        agent.set("ana")
        with pytest.raises(Exception, match="Choose one of: Nobody, Ana, Ben"):
            agent.set("zoe")
        given, names = agent.options, [("", "Nobody"), ("ben", "Ben")]
        object.__setattr__(agent, "options", lambda: dict(names))
        try:
            assert agent.get() == "ana"  # kept until somebody chooses anew
        finally:
            object.__setattr__(agent, "options", given)
    assert agent.choices == [("", "Nobody"), ("ana", "Ana"), ("ben", "Ben")]


def test_a_template_reads_them_by_name(alice: User, rf: RequestFactory) -> None:
    def shown(text: str, identity: Any) -> str:
        with acting_as(identity):
            return engines["django"].from_string(text).render({}, rf.get("/"))

    me = Identity.of(alice)
    with acting_as(me):
        font_size.set(20)
        by_name.set("test_api_key", "sk-0123456789abcd")
    assert shown("{{ settings.test_font_size }} {{ settings.test_theme }}", me) == "20 system"
    assert shown("{{ settings.test_api_key }}", me) == "•••• abcd"
    assert shown("{{ settings.test_font_size }}", Identity()) == "14"
    with pytest.raises(NotDeclared, match="Did you mean 'test_font_size'"):
        shown("{{ settings.test_font_siz }}", me)
