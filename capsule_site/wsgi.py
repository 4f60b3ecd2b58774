"""How a WSGI server serves the site's pages, beside Daphne."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capsule_site.settings")
os.environ.setdefault("CAPSULE_SERVING", "1")

from django.core.wsgi import get_wsgi_application  # noqa: E402 - the settings are named first

application = get_wsgi_application()
