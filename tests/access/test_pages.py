"""Declared pages, as each of the six: the page's own ``access=`` says who may; all see their own alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pages.declarations import PageDeclaration, pages
from tests.access.people import WHO, World
from tests.access.rules import OWN, Answer, Thing
from tests.access.trying import UNSAFE, Asked, ask, leaks, unkept

pytestmark = [pytest.mark.django_db, pytest.mark.alike]

FILLING = {"id": "1", "record": "1"}  # of a page of one record


@pytest.mark.thorough
def test_a_page_lets_in_whom_it_declares(world: World) -> None:
    problems = [one for page in pages for one in _problems(world, page)]
    assert not problems, "\n".join(problems)


def _problems(world: World, page: PageDeclaration) -> Iterator[str]:
    path = page.address(**{name: FILLING[name] for name in page.route_names})
    for method in ("GET", *UNSAFE):
        for who in WHO if method == "GET" else WHO[:2]:
            answer = OWN(world, who, Thing(access=page.access))
            asked = ask(world, who, method, path, is_bare=method != "GET")
            said = f"{method} {path} as {who}: {asked.status} {asked.location}"
            if not _is_right(asked, answer, method):
                yield f"{said}, and access={page.access!r} says {answer!r}"
            if found := leaks(world, who, asked):
                yield f"{said}, with the words of others: {found}"
            if wrong := unkept(asked):
                yield f"{said}: {wrong}"
            if asked.written and method == "GET":
                yield f"{said}, and yet it wrote: {asked.written[0][:120]}"


def _is_right(asked: Asked, answer: Answer, method: str) -> bool:
    to_sign_in = asked.location.startswith("/sign-in/?next=")
    if asked.status == 405:  # a page for reading says so before it asks who comes
        return method != "GET" or answer == "yes"
    if answer == "sign in":
        return to_sign_in if method == "GET" else asked.status == 401
    if answer == "forbidden":
        return asked.status == 403
    return asked.status not in (401, 403) and not to_sign_in
