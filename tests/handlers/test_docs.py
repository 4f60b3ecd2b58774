"""The documentation says what is so: its snippets run, its tables are complete."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client, RequestFactory
from django.urls import include, path

from accounts.models import User
from capsule import acting_as
from capsule.errors import BadInput
from collections_app.declaring import collections
from handlers import checks, data, parameters
from handlers.actions import actions_registry
from handlers.checks import check_handlers
from handlers.declarations import handlers_registry
from pages.declarations import pages

PAGE = (site.BASE_DIR / "docs" / "handlers.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def registries_as_they_were(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for registry in (handlers_registry, actions_registry, collections, pages):
        # The suites' own declarations may have the same names; here the page stands alone.
        monkeypatch.setattr(registry, "_declared", {})
        monkeypatch.setattr(registry, "_places", {})
    yield


def test_the_snippets_run_in_their_order(registries_as_they_were: None, alice: User) -> None:
    names: dict[str, Any] = {"__name__": "docs"}
    with acting_as(user=alice):
        for snippet in SNIPPETS:
            exec(compile(snippet, "docs/handlers.md", "exec"), names)
        assert names["activity"].call(period="30d")[0]["opened"] == 5
        assert names["service_level"].call() == {"ratio": 0.97, "goal": 0.95}
        assert names["report"].call(since="2026-11-23", tags=["a"])["for"] == str(alice.pk)
        with pytest.raises(BadInput) as caught:
            names["activity"].call(period="8d")
    assert caught.value.fields == {"period": ["Use one of: '7d', '30d'."]}
    assert names["activity"].url(period="30d") == "/data/activity?period=30d"
    declared = [
        "answered",
        "activity",
        "service-level",
        "open_threads",
        "Stock",
        "report",
        "urgent",
        "by_priority",
    ]
    declared += ["rate", "answering"]
    assert handlers_registry.names() == declared
    assert check_handlers() == []


def test_the_ten_lines_are_an_application(
    registries_as_they_were: None, admin_client: Client, settings: Any
) -> None:
    names: dict[str, Any] = {"__name__": "docs"}
    exec(compile(SNIPPETS[0], "docs/handlers.md", "exec"), names)
    settings.ROOT_URLCONF = (*names["urlpatterns"], path("", include("capsule_site.urls")))
    names["test_answered"](admin_client)
    chart = names["answers"](RequestFactory().get("/")).children()[0]
    assert chart.source is names["answered"]
    assert check_handlers() == []


def test_every_argument_is_in_the_table() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert set(inspect.signature(data).parameters) <= documented


def test_every_check_is_in_the_table() -> None:
    used = set(re.findall(r'"(E\d{3})"', inspect.getsource(checks) + inspect.getsource(parameters)))
    assert used == set(re.findall(r"`handlers\.(E\d+)`", PAGE))


def test_every_public_name_of_a_handler_is_told() -> None:
    for name in ("url", "view", "call", "acall"):
        assert f"activity.{name}" in PAGE
