"""The site with the example of the documentation as its only application."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403
from capsule_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.example"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in settings.py beside this one
