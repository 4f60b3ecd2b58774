"""The tests that ``docs/testing.md`` shows pass, on the declarations that it shows."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction

import capsule_testing
from capsule_testing import declared
from settings_app.snapshots import process_memory

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text()
TEXT = PAGE.partition("## What this project's own suites")[0]
DECLARATIONS, *SNIPPETS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def executed(snippet: str, name: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": name}
    exec(compile("from __future__ import annotations\n" + snippet, "docs/testing.md", "exec"), names)
    return names


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's declarations, as an application's."""
    with declared(executed, DECLARATIONS, "tests.testapp.desk") as names:
        module = ModuleType("desk.declarations")
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, "desk", ModuleType("desk"))
        monkeypatch.setitem(sys.modules, "desk.declarations", module)
        yield


def test_each_test_of_the_page_passes(desk: None, request: pytest.FixtureRequest) -> None:
    ran = 0
    for snippet in SNIPPETS:
        names = executed(snippet, "desk.tests")
        for test in [one for name, one in names.items() if name.startswith("test_")]:
            people = {name: request.getfixturevalue(name) for name in inspect.signature(test).parameters}
            with transaction.atomic():  # as each test has a transaction of its own
                test(**people)
                transaction.set_rollback(True)
            process_memory.clear()
            ran += 1
    assert ran == TEXT.count("\ndef test_")


def test_what_the_package_offers_stands_there() -> None:
    assert [name for name in capsule_testing.__all__ if f"`{name}" not in TEXT] == []
