"""The real server as a process of its own: see ``capsule_testing.serving``. Scripts use it, too."""

from __future__ import annotations

import os

import django
from django.apps import apps

# What a test is written with loads models, and outside of pytest nobody has set Django up.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not apps.ready:
    django.setup()

from capsule_testing.live import QUIET  # noqa: E402
from capsule_testing.serving import ROOT, Site, environment_of  # noqa: E402

__all__ = ["QUIET", "ROOT", "Site", "environment_of"]
