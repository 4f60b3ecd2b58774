"""What a function uses is read from its source: what it names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, wraps
from typing import Any, ClassVar

import pytest
from django.http import HttpRequest, HttpResponse
from django.views import View

from capsule import PageRequest
from declared.uses import uses_of
from pages import page, ui
from settings_app import settings
from tests.testapp import declared
from tests.testapp.declared import collections as shelf
from tests.testapp.declared.collections import bookmarks, contacts, notes, threads
from tests.testapp.declared.desk import test_desk as desk
from tests.testapp.declared.handlers import activity
from tests.testapp.declared.settings import density, font_size, show_closed

THREADS, CONTACTS = ("collections", "test_threads"), ("collections", "test_contacts")
DISPLAY = {("settings", f"test_{name}") for name in ("font_size", "density", "theme")}
ACTIVITY, SHOW_CLOSED = ("handlers", "activity"), ("settings", "test_show_closed")

OPEN = threads.filter(status="open")
CARDS = [contacts, {"more": (bookmarks,)}]
TABLE = ui.Table(contacts)


def helper() -> int:
    return threads.count()


def deep(value: int = 0) -> object:
    return helper if value else recursive()


def recursive() -> object:
    return recursive() or contacts


@cache
def kept() -> object:
    return show_closed.get()


def wrapped(function: Callable[[], object]) -> Callable[[], object]:
    @wraps(function)
    def inner() -> object:
        return function()

    return inner


@wrapped
def decorated() -> object:
    return helper()


class Shop:
    name: ClassVar[str] = "shop"

    @property
    def first(self) -> object:
        return threads.find_one()

    @cached_property
    def second(self) -> object:
        return contacts.find_one()

    @staticmethod
    def third() -> object:
        return show_closed.get()


SHARED = ui.ChatPanel("test-keeper", mode="single")  # made once, as a page's own may be


class Records(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(Shop().name)


SHOP = Shop()


def around(given: Any) -> Callable[[], object]:
    def closed_over() -> object:
        return given.count()

    return closed_over


def by_module() -> object:
    return shelf.threads, declared.settings.show_closed


def from_a_package_elsewhere() -> object:
    return page, ui.Page([]), HttpResponse(), settings


def its_own(threads: Any, *contacts: Any) -> object:
    activity = threads
    return threads, contacts, activity, (lambda show_closed: show_closed)(1)


def by_name() -> object:
    return (
        ui.Table("test_threads"),
        ui.Chart("activity", x="day", y="opened"),
        ui.Metric("A", "test_contacts"),
    )


def settings_by_name() -> object:
    return ui.Toggle(setting="test_show_closed"), ui.Setting("test_density"), settings.get("test_font_size")


def mistyped() -> object:
    return ui.Table("test_thraeds"), ui.ChatPanel("nobody"), settings.get("nothing"), len("test_threads")


def an_address() -> object:
    return desk.url(), {"next": desk.url}


def a_page(request: PageRequest) -> object:
    return desk(request)


def annotated(value: type[threads] = str) -> threads:  # type: ignore[valid-type]
    return value


def read(function: Any) -> set[tuple[str, str]]:
    return set(uses_of(function, frozenset({"tests"})))


@pytest.mark.parametrize(
    ("function", "used"),
    [
        (helper, {THREADS}),
        (lambda: OPEN, {THREADS}),
        (lambda: CARDS, {CONTACTS, ("collections", "test_bookmarks")}),
        (lambda: TABLE, {CONTACTS}),
        (lambda: [row for row in threads.all() if show_closed.get()], {THREADS, SHOW_CLOSED}),
        (lambda: ui.Table(threads.exclude(status="closed")), {THREADS}),
        (lambda: ui.Chart(activity, x="day", y=["opened"]), {ACTIVITY}),
        (deep, {THREADS, CONTACTS}),
        (kept, {SHOW_CLOSED}),
        (decorated, {THREADS}),
        (Records, {THREADS, CONTACTS, SHOW_CLOSED}),
        (lambda: SHOP.first, {THREADS, CONTACTS, SHOW_CLOSED}),
        (around(notes), {("collections", "test_notes")}),
        (by_module, {THREADS, SHOW_CLOSED}),
        (by_name, {THREADS, CONTACTS, ACTIVITY}),
        (settings_by_name, {SHOW_CLOSED, ("settings", "test_density"), ("settings", "test_font_size")}),
        (lambda: ui.SettingsPanel("Display"), DISPLAY),
        (lambda: ui.ChatPanel("test-helper"), {("conversations", "test-helper")}),
        (lambda: SHARED, {("conversations", "test-keeper")}),
        (lambda: ui.ChatPanel(handler="test-writer", mode="single"), {("conversations", "test-writer")}),
        (lambda: (density, font_size), {("settings", "test_density"), ("settings", "test_font_size")}),
    ],
)
def test_what_is_named_is_used(function: Any, used: set[tuple[str, str]]) -> None:
    assert read(function) == used


@pytest.mark.parametrize(
    "function", [from_a_package_elsewhere, its_own, mistyped, an_address, annotated, len]
)
def test_nothing_else_is(function: Any) -> None:
    assert read(function) == set()


def test_a_page_that_is_called_is_used_with_all_of_its_own() -> None:
    assert read(a_page) == read(desk) > {THREADS, ACTIVITY, SHOW_CLOSED}


def test_only_the_given_packages_are_followed() -> None:
    assert uses_of(deep, frozenset({"demo"})) == set()
