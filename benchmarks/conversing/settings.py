"""The settings of the benchmarks, with handlers of their own, and room for as many messages as are sent."""

from __future__ import annotations

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.conversing"]
ROOT_URLCONF = "benchmarks.conversing.urls"

CAPSULE_MESSAGES_A_MINUTE = 1_000_000
CAPSULE_SOCKETS_A_VISITOR = 1_000
