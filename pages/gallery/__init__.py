"""Every state of every widget, at an address of its own below ``/_states/``: to look at, and for the suites.

Only there while ``CAPSULE_STATES`` says so, which is with ``DEBUG`` and in the suites. A widget joins by
registering its states in a module here, which ``gallery/urls.py`` names.
"""

from __future__ import annotations
