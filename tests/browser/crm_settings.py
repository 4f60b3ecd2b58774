"""The site as it is served, with models that were there before as collections."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.testapp", "tests.crm"]
ROOT_URLCONF = "tests.urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in settings.py beside this one
