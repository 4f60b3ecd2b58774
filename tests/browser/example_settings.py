"""The site with the example of the documentation as its only application."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.example"]
