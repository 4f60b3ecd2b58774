"""Those of every run of tests, for the project's own suites: the site as it came, with what these declare."""

from __future__ import annotations

import os
from pathlib import Path

# Whoever builds on it has applications of their own, whose pages and addresses these suites know nothing of.
os.environ["CAPSULE_ALONE"] = "1"
os.environ["CAPSULE_DEMO"] = str(int((Path(__file__).resolve().parent.parent / "demo" / "apps.py").is_file()))

from capsule_site.testing.settings import *  # noqa: E402, F403, I001 - before the site's, which it tells where to be
from capsule_site.settings import INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.testapp", "tests.testapp.plain", "tests.crm"]
CAPSULE_STATES = True
CAPSULE_DOUBTS = False  # as where it serves: what strangers send is no slip of a developer's
CAPSULE_DEMO = True  # what holds for demo people is tried also where the folder demo/ was deleted
