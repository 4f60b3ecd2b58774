"""A pytest plugin: which settings a run has, by where the tests stand that it is given.

The project's own suites are about the site as it came, and applications are tried on the site that they are
installed in. Django has one set of applications in a process, so these are two runs.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

__all__ = ["pytest_load_initial_conftests", "settings_for"]

OF_THE_HOUSE = "tests.settings"
OF_APPLICATIONS = "capsule_site.testing.settings"
TWO_RUNS = (
    "The project's own suites run without your applications, and the tests of these on the site as it is: "
    "give tests/ or theirs. `make test` runs both, one after the other."
)


@pytest.hookimpl(wrapper=True)  # before pytest-django, which loads the settings
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    root, here = early_config.rootpath, early_config.invocation_params.dir
    given = early_config.known_args_namespace.file_or_dir or ([] if here == root else [str(here)])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_for(given, root))
    return (yield)


def settings_for(given: list[str], root: Path) -> str:
    """The settings of a run that is given these paths or tests; without any it is of the project's suites.

    Example: ``settings_for(["desk/tests/test_pages.py::test_one"], root)``
    """
    suites = root / "tests"
    places = [_place(one) for one in given]
    of_the_house = {suites in (path, *path.parents) for path in places}
    if len(of_the_house) > 1 or any(path in suites.parents for path in places):
        raise pytest.UsageError(TWO_RUNS)
    return OF_APPLICATIONS if of_the_house == {False} else OF_THE_HOUSE


def _place(given: str) -> Path:
    return Path(given.partition("::")[0]).resolve()
