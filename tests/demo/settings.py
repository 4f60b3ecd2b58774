"""The site as it is served, with mail that arrives faster than anybody would want to read it."""

from __future__ import annotations

from capsule_site.settings import *  # noqa: F403

CAPSULE_DEMO_MAIL_EVERY = 0.07  # seconds: half a minute's letters in two seconds
CAPSULE_DEMO_SERVICE_TTL = 0  # seconds: each question is one to the service
