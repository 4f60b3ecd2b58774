"""Every address, with every method, as each of the six: what is answered is what the matrix says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.access.addresses import Address, addresses
from tests.access.matrix import MATRIX, Line
from tests.access.people import NOBODY, WHO, World, marker
from tests.access.rules import PUBLIC, STAFF, Answer, Thing
from tests.access.trying import JSON, METHODS, PAGE, UNSAFE, Asked, ask, leaks, normalised, taken_back, unkept

pytestmark = pytest.mark.django_db

Filling = Mapping[str, Any]
WHERE = "tests/access/matrix.py"
THERE = {one.route: one for one in addresses()}
OURS = [one for one in THERE.values() if not (one.is_admin or one.page or one.is_of_an_application)]
# No form sends these: who does is answered for programs. So is a HEAD, whose page nobody would look at.
SCRIPTS = ("PUT", "PATCH", "DELETE", "OPTIONS")


def one_of_each() -> dict[str, Line]:
    """A line for each word with each kind of thing: what another database could answer otherwise."""
    kinds = {
        (line.who, line.who_writes, line.things.__qualname__, "<str:id>" in route): route
        for route, line in reversed(MATRIX.items())
    }
    return {route: MATRIX[route] for route in kinds.values()}


LINES = MATRIX if connection.vendor == "sqlite" else one_of_each()
SECTIONS = sorted({route.partition("/")[0] for route in LINES})


def is_twin(address: Address) -> bool:
    """Whether it is the form without the slash of another, with the same view behind it."""
    twin = THERE.get(address.slashed)
    return twin is not None and twin.pattern.callback is address.pattern.callback


def test_every_address_is_in_the_matrix() -> None:
    missing = [one.route for one in OURS if one.route not in MATRIX and not is_twin(one)]
    assert not missing, f"Say in {WHERE} who may do what at {missing}: add a line to MATRIX for each."


def test_every_line_of_the_matrix_is_an_address() -> None:
    gone = [route for route in MATRIX if route not in THERE]
    assert not gone, f"No address has these routes any more; take their lines out of {WHERE}: {gone}"


@pytest.mark.thorough
@pytest.mark.parametrize("section", SECTIONS)
def test_an_address_answers_as_the_matrix_says(world: World, section: str) -> None:
    problems: list[str] = []
    for route, line in LINES.items():
        if route.partition("/")[0] == section:
            with taken_back():  # a line may need things that the next must not find so: deleted ones
                problems += Trial(world, route, line).problems()
    assert not problems, f"{len(problems)} answers are not what {WHERE} says:\n" + "\n".join(problems[:40])


def test_a_line_that_says_what_is_not_so_is_found(world: World) -> None:
    too_open = list(Trial(world, "declared/", Line(PUBLIC, get=(200,))).problems())
    assert any("as alice" in one and "403" in one for one in too_open)
    too_narrow = list(Trial(world, "settings/", Line(STAFF, get=(200,))).problems())
    assert any("as nobody" in one and "200" in one for one in too_narrow)
    assert leaks(world, "alice", Asked(200, marker("charlie"), {}, ())) == [marker("charlie")]
    assert unkept(Asked(200, "", {"Cache-Control": "public, max-age=60"}, ()))


class Trial:
    """One line of the matrix, tried."""

    def __init__(self, world: World, route: str, line: Line) -> None:
        self.world = world
        self.route = route
        self.line = line
        self.things = line.things(world)
        self.first = self.things[0]
        self.never: dict[tuple[str, ...], Asked] = {}

    def problems(self) -> Iterator[str]:
        first, *others = self.things
        for method in METHODS:
            for who in WHO:
                yield from self._tried(first, method, who, self._asks_for(method))
        for thing in (first, *others):
            for method, accept in (("GET", JSON), *((one, PAGE) for one in METHODS if thing is not first)):
                if self.line.statuses(method) and method not in ("HEAD", "OPTIONS"):
                    for who in WHO:
                        yield from self._tried(thing, method, who, accept)
        if not self.line.needs_no_token:
            yield from self._without_a_token(first)

    def _tried(self, thing: Thing, method: str, who: str, accept: str) -> Iterator[str]:
        asked = self._ask(who, method, thing.filling, thing, accept)
        answer = self.line.rule(method)(self.world, who, thing)
        path = self._path(thing.filling)
        said = f"{method} {path} ({self.route}) as {who}, {accept}: {asked.status} {asked.location}"
        if not self._is_right(asked, answer, method, accept):
            yield f"{said}; the rule says {answer!r}, those who may get {self.line.statuses(method) or 405}"
        if found := leaks(self.world, who, asked):
            yield f"{said}, with the words of others: {found}"
        if wrong := unkept(asked):
            yield f"{said}: {wrong}"
        if asked.written and (method not in UNSAFE or asked.status >= 400):
            yield f"{said}, and yet it wrote: {asked.written[0][:120]}"
        if answer == "missing" and thing.never and self._differs(asked, thing, method, who, accept):
            yield f"{said}: not the same as the answer to what never was"

    def _asks_for(self, method: str) -> str:
        return JSON if method == "HEAD" or (method in SCRIPTS and not self.line.statuses(method)) else PAGE

    def _ask(self, who: str, method: str, filling: Filling, thing: Thing, accept: str) -> Asked:
        sends = thing.change if method == "PATCH" else self.line.sends
        is_bare = not (method == "GET" and thing is self.first)
        return ask(self.world, who, method, self._path(filling), sends, accept=accept, is_bare=is_bare)

    def _is_right(self, asked: Asked, answer: Answer, method: str, accept: str) -> bool:
        offered = self.line.statuses(method)
        if answer == "sign in":
            is_page = method == "GET" and accept == PAGE
            refused = asked.location.startswith("/sign-in/?next=") if is_page else asked.status == 401
        else:
            refused = asked.status == {"forbidden": 403, "missing": 404}.get(answer)
        if not offered:  # asked of a place that does not take it, the refusal may come first
            return refused or asked.status == 405
        return asked.status in offered if answer == "yes" else refused

    def _differs(self, asked: Asked, thing: Thing, method: str, who: str, accept: str) -> bool:
        key = (method, who, accept, str(sorted(thing.never.items(), key=str)), str(thing is self.first))
        if key not in self.never:
            self.never[key] = self._ask(who, method, thing.never, thing, accept)
        return normalised(asked) != normalised(self.never[key])

    def _without_a_token(self, thing: Thing) -> Iterator[str]:
        for who in (NOBODY, "alice"):
            browser = Client(enforce_csrf_checks=True)
            is_missing = self.line.is_hidden and self.line.who(self.world, who, thing) == "missing"
            wanted = 404 if is_missing else 403
            browser.cookies = deepcopy(self.world.clients[who].cookies)
            for method in UNSAFE:
                asked = ask(
                    self.world,
                    who,
                    method,
                    self._path(thing.filling),
                    accept=self._asks_for(method),
                    client=browser,
                    is_bare=True,
                )
                if asked.status != wanted or asked.written:
                    yield f"{method} /{self.route} as {who} without the token: {asked.status}, not {wanted}"

    def _path(self, filling: Filling) -> str:
        return "/" + re.sub(r"<(?:[^<>:]+:)?([^<>:]+)>", lambda found: str(filling[found[1]]), self.route)
