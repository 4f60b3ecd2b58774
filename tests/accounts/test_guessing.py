from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.contrib.auth import SESSION_KEY
from django.db.models import F
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.guessing import FREE_ATTEMPTS, LONGEST_DELAY, client_address, delay_after, forget_failures
from accounts.models import User
from tests.conftest import PASSWORD

MALLORY = "203.0.113.9"
HOME = "198.51.100.7"


def attempt(
    password: str, *, name: str = "alice@example.com", address: str = MALLORY, accept: str = "text/html"
) -> Any:
    client = Client(REMOTE_ADDR=address)
    sent = {"username": name, "password": password}
    return client.post("/sign-in/", sent, headers={"Accept": accept})


def fail(times: int, address: str = MALLORY) -> None:
    for _time in range(times):
        attempt("wrong", address=address, accept="application/json")  # a program's: no page is drawn for each


def let_pass(delay: timedelta) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - delay)


def test_five_failures_are_free(alice: User) -> None:
    for _time in range(FREE_ATTEMPTS - 1):
        assert attempt("wrong").status_code == 422
    assert attempt(PASSWORD).status_code == 302


def test_then_the_pair_has_to_wait_even_with_the_right_password(alice: User) -> None:
    fail(FREE_ATTEMPTS - 1)
    response = attempt("wrong")
    assert response.status_code == 429
    assert 890 <= int(response["Retry-After"]) <= 900
    html = response.content.decode()
    assert "Try again in 15 minutes" in html
    assert "<time datetime=" in html
    assert attempt(PASSWORD).status_code == 429


def test_the_victim_signs_in_from_elsewhere_meanwhile(alice: User) -> None:
    fail(FREE_ATTEMPTS + 3)
    assert attempt("wrong").status_code == 429
    assert attempt(PASSWORD, address=HOME).status_code == 302


def test_others_sign_in_from_the_same_address_meanwhile(alice: User, bob: User) -> None:
    fail(FREE_ATTEMPTS)
    assert attempt(PASSWORD, name=bob.email).status_code == 302


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.alike
def test_a_thousand_guesses_from_fifty_addresses_do_not_lock_the_victim_out(alice: User) -> None:
    for host in range(50):
        fail(20, address=f"203.0.113.{host}")
    assert AccessAttempt.objects.count() == 50
    assert all(row.failures_since_start == FREE_ATTEMPTS for row in AccessAttempt.objects.all())
    assert attempt(PASSWORD, address=HOME).status_code == 302


def test_waits_grow(alice: User) -> None:
    fail(FREE_ATTEMPTS)
    let_pass(timedelta(minutes=16))
    assert 1790 <= int(attempt("wrong")["Retry-After"]) <= 1800
    let_pass(timedelta(minutes=31))
    assert 3590 <= int(attempt("wrong")["Retry-After"]) <= 3600


def test_trying_during_a_wait_does_not_lengthen_it(alice: User) -> None:
    fail(FREE_ATTEMPTS + 10)
    let_pass(timedelta(minutes=16))
    assert attempt(PASSWORD).status_code == 302


def test_success_forgets_the_failures(alice: User) -> None:
    fail(FREE_ATTEMPTS - 1)
    attempt(PASSWORD)
    assert not AccessAttempt.objects.exists()


def test_a_day_forgets_the_failures(alice: User) -> None:
    fail(FREE_ATTEMPTS)
    let_pass(timedelta(hours=25))
    assert attempt("wrong").status_code == 422


def test_a_wait_can_be_lifted(alice: User) -> None:
    fail(FREE_ATTEMPTS)
    forget_failures("ALICE@example.com")
    assert attempt(PASSWORD).status_code == 302


def test_the_name_counts_in_any_case(alice: User) -> None:
    for name in ("alice@example.com", "ALICE@example.com", " Alice@Example.com", "alice@EXAMPLE.com"):
        attempt("wrong", name=name)
    assert attempt("wrong", name="aLICE@example.com").status_code == 429


def test_an_unknown_name_waits_just_the_same(alice: User) -> None:
    for _time in range(FREE_ATTEMPTS - 1):
        assert attempt("wrong", name="nobody@example.com").status_code == 422
    assert attempt("wrong", name="nobody@example.com").status_code == 429


def test_nothing_of_what_was_typed_is_kept(alice: User) -> None:
    attempt("almost the right one")
    row = AccessAttempt.objects.get()
    assert (row.post_data, row.get_data, row.user_agent, row.http_accept) == ("", "", "", "")


def test_the_admins_sign_in_waits_too(dana: User) -> None:
    sent = {"username": dana.email, "password": "wrong"}
    for _time in range(FREE_ATTEMPTS - 1):
        assert Client().post("/admin/login/", sent).status_code == 200
    assert Client().post("/admin/login/", sent).status_code == 429


def test_a_program_gets_json(alice: User) -> None:
    fail(FREE_ATTEMPTS)
    client = Client(REMOTE_ADDR=MALLORY, headers={"Accept": "application/json"})
    response = client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert response.json()["error"] == "too_many_attempts"
    assert SESSION_KEY not in client.session


@given(st.integers(min_value=0, max_value=10**9))
def test_delays_never_shrink_and_have_an_end(failures: int) -> None:
    assert delay_after(failures) <= delay_after(failures + 1) <= LONGEST_DELAY


# Whose address?


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "192.0.2.1"),  # nobody's word is taken
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "10.9.9.9, 198.51.100.7", "198.51.100.7"),  # what the visitor wrote stands to the left
        (2, "10.9.9.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),  # fewer hops than there are proxies: not through all of ours
        (1, "", "192.0.2.1"),
        (1, "nonsense", None),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: LazySettings, proxies: int, forwarded: str, expected: str | None
) -> None:
    settings.CAPSULE_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers=headers)
    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("", None),
    ],
)
def test_one_household_has_a_whole_network(remote: str, expected: str | None) -> None:
    assert client_address(RequestFactory(REMOTE_ADDR=remote).get("/")) == expected


def test_the_proxy_of_the_docs_says_who_came() -> None:
    # nginx passes on what a visitor claims, unless it is told to write the header itself.
    text = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
