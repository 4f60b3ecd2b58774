"""The site's own settings, under a clock that stands at ``STANDS_AT``: what is shown stays the same.

Django and this project ask ``django.utils.timezone.now`` alone for the time.
"""

from __future__ import annotations

import os
from datetime import datetime

from django.utils import timezone

from capsule_site.settings import *  # noqa: F403

MOMENT = datetime.fromisoformat(os.environ["STANDS_AT"])
timezone.now = lambda: MOMENT
