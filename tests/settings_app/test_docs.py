"""The documentation says what is so: its snippets run, its tables are complete."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site

from accounts.models import Organization, User
from capsule import acting_as
from settings_app import checks, setting
from settings_app.checks import problems_of
from settings_app.declarations import settings_registry

PAGE = (site.BASE_DIR / "docs" / "settings.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def registry_as_it_was() -> Iterator[None]:
    names, places = dict(settings_registry._declared), dict(settings_registry._places)
    # The demo may declare the same names; here the page stands alone.
    settings_registry._declared.clear()
    yield
    settings_registry._declared.clear()
    settings_registry._declared.update(names)
    settings_registry._places.update(places)


def test_the_snippets_run_in_their_order(registry_as_it_was: None, alice: User, acme: Organization) -> None:
    names: dict[str, Any] = {"alice": alice, "acme": acme, "__name__": "docs"}
    with acting_as(user=alice, organization=acme):
        for snippet in SNIPPETS:
            exec(compile(snippet, "docs/settings.md", "exec"), names)
        assert names["greeting"].get() == "Hello from Acme,"
        assert (names["theme"].get(), names["theme"].origin().layer) == ("dark", "owner")
    assert len(SNIPPETS) == 8
    assert [problem for declared in settings_registry for problem in problems_of(declared)] == []


def test_every_argument_is_in_the_table() -> None:
    documented = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert set(inspect.signature(setting).parameters) <= documented


def test_every_check_is_in_the_table() -> None:
    used = {int(number) for number in re.findall(r"_error\(setting, (\d+)", inspect.getsource(checks))}
    documented = {int(number) for number in re.findall(r"`settings_app\.E(\d+)`", PAGE)}
    assert used == documented
