"""What one tests an application with: pages as somebody sees them, conversations, what is announced.

The people (``alice``, ``bob``, ``charlie``) and ``live_browser`` are fixtures of the plugin beside it.
"""

from __future__ import annotations

from capsule_testing.browsing import Browser, Page, page
from capsule_testing.declaring import declared
from capsule_testing.people import as_user
from capsule_testing.problems import NotShown
from capsule_testing.talking import conversation
from capsule_testing.visibility import assert_only_visible_to
from capsule_testing.watching import changes

__all__ = [
    "Browser",
    "NotShown",
    "Page",
    "as_user",
    "assert_only_visible_to",
    "changes",
    "conversation",
    "declared",
    "page",
]
