"""The site as it is served, with the pages that the suites declare."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.testapp"]
ROOT_URLCONF = "tests.urls"
CAPSULE_STATES = True
# Argon2 takes a third of a second of a processor on purpose, at each of a thousand sign-ins. That the site
# itself uses it a test of its settings says.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
