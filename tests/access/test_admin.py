"""Django's own administration, whatever stands in it: staff alone; all others are sent to its sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.access.addresses import Address, addresses
from tests.access.matrix import NEVER
from tests.access.people import WHO, World
from tests.access.trying import ask, leaks, unkept

pytestmark = [pytest.mark.django_db, pytest.mark.alike]

OPEN = ("admin/login/", "admin/logout/")
FILLING = {"content_type_id": "1", "object_id": "1", "id": str(NEVER), "version": "1", "name": "test_app_int"}
SIGN_IN = "/admin/login/?next="


@pytest.mark.thorough
def test_the_administration_is_for_staff(world: World) -> None:
    theirs = [one for one in addresses() if one.is_admin and one.route not in OPEN]
    problems = [problem for one in theirs for problem in _problems(world, one)]
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:40])


def _problems(world: World, address: Address) -> Iterator[str]:
    path = _path(address.route)
    for who in WHO:
        for method in ("GET",) if who == "dana" else ("GET", "POST"):
            asked = ask(world, who, method, path)
            said = f"{method} {path} as {who}: {asked.status} {asked.location}"
            if who == "dana":
                if asked.status >= 500 or asked.location.startswith(SIGN_IN):
                    yield said
            elif not asked.location.startswith(SIGN_IN) or asked.written or leaks(world, who, asked):
                yield f"{said}, and must be sent to the sign-in"
            if wrong := unkept(asked):
                yield f"{said}: {wrong}"


def _path(route: str) -> str:
    """An address of the route; the app of a regular expression is its first alternative."""
    route = re.sub(r"\^?\(\?P<app_label>(\w+)[^)]*\)/\$", r"\1/", route)
    route = route.replace("(?P<url>.*)$", "nowhere/")
    return "/" + re.sub(r"<(?:[^<>:]+:)?([^<>:]+)>", lambda found: FILLING[found[1]], route)
